// One HTML file that holds a trained model and what runs it, and classifies photographs in a browser, without a network.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { toLayersModel } from '../../backbones/weights/layers-model.js';
import { SPLITS, TARGET_SPLITS, splitWords } from '../../images/indexing/image-index.js';
import { isOverallMetric } from '../../metrics/metric-names.js';
import type { WeightType } from '../../graph/host-tensor.js';
import { baseStyle } from '../../report/page/assets.js';
import { type Html, embeddedJson, escape } from '../../report/page/html.js';
import { formatMetric } from '../../system/format.js';
import type { ModelFacts } from '../../trainer/model/onnx-model.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';
import { overlaid } from '../explain/overlay.js';

/**
 * The browser fetches nothing: what the page needs lies within it. WebAssembly is compiled from a data: URI.
 * tfjs with its WebAssembly backend takes 1.3 MB, onnxruntime-web more than ten.
 */
const POLICY = [
  "default-src 'none'",
  'img-src data: blob:',
  'connect-src data:',
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline' 'wasm-unsafe-eval'",
].join('; ');

const LIBRARIES = [
  '@tensorflow/tfjs-core/dist/tf-core.es2017.min.js',
  '@tensorflow/tfjs-layers/dist/tf-layers.es2017.min.js',
  '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js',
];
const WASM = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

const library = (path: string): Buffer => readFileSync(createRequire(import.meta.url).resolve(path));
const own = (name: string): string =>
  readFileSync(new URL(`../../../assets/classifier/${name}`, import.meta.url), 'utf8');

/** Names of classes and of the study come from somebody's folders: they are data, and never markup. */
export function classifierPage(model: TrainedModel, { name, metrics, remarks }: ModelFacts, dtype: WeightType): Html {
  const { classes, inputSize, resize, backbone, thresholds } = model;
  const isOfLabels = thresholds !== undefined;
  const { json, tensors } = toLayersModel({ ...model, dropout: 0 }, dtype);
  const [group] = json.weightsManifest;
  const weights = Buffer.concat(tensors.map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
  const scripts = [...LIBRARIES.map((path) => library(path).toString('utf8')), overlaid.toString()];
  const measured = [...SPLITS, ...TARGET_SPLITS].flatMap((split) => {
    const shown = Object.entries(metrics[split] ?? {}).filter(([metric]) => isOverallMetric(metric));
    return shown.length === 0
      ? []
      : [
          `On the ${splitWords(split)} images: ${shown.map(([metric, value]) => `${metric} ${formatMetric(value)}`).join(', ')}.`,
        ];
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="hpo">
<link rel="icon" href="data:,">
<title>${escape(name)}</title>
<style>
${baseStyle()}${own('classifier.css')}</style>
</head>
<body>
<header>
<h1>${escape(name)}</h1>
<p class="soft">${escape(`An image classifier ${isOfLabels ? `that gives each of ${classes.length} labels or not` : `of ${classes.length} classes`}: ${backbone.name}, fine-tuned with hpo.`)}</p>
</header>
<main>
<label id="drop">Drop photographs here, or choose some
<input type="file" accept="image/*" multiple></label>
<p id="status" class="soft" role="status">Loading the model …</p>
<p class="soft">Red and yellow show where the network looked for the marked class. Click on a class to mark it.</p>
<div id="cards"></div>
</main>
<footer>
<p>${escape(measured.join(' '))}</p>
<p>${footer(isOfLabels, remarks?.['temperature'] !== undefined)}</p>
</footer>
${embeddedJson('facts', { classes, size: inputSize, resize, ...(isOfLabels ? { thresholds } : {}) })}
${embeddedJson('model', { modelTopology: json.modelTopology, weightSpecs: group.weights })}
<script type="text/plain" id="weights">${weights.toString('base64')}</script>
<script type="text/plain" id="wasm">${library(WASM).toString('base64')}</script>
${scripts.map((text) => `<script>\n${text}\n</script>`).join('\n')}
<script>
${own('classifier.js')}
</script>
</body>
</html>
`;
}

function footer(isOfLabels: boolean, isCalibrated: boolean): string {
  if (isOfLabels) {
    return 'Labels with ✓ are given: their probability reaches the threshold that was chosen on validation images. The probabilities are not calibrated.';
  }
  const how = isCalibrated ? 'are calibrated on the validation images' : 'are not calibrated';
  return `The model gives one of its classes for any image, and its probabilities ${how}.`;
}
