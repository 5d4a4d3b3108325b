// How to use an exported model from Node, a browser and Python: programs for its card, with the resizing that it was trained with.
import type { Resize } from '../../images/resize.js';
import type { ExportFormat } from './export-formats.js';

export interface ModelUse {
  /** Side in pixels. */
  readonly inputSize: number;
  readonly resize: Resize;
  /** What lies beside the card. */
  readonly formats: readonly ExportFormat[];
  /** Whether the model gives several labels an image, by thresholds. */
  readonly isOfLabels?: boolean;
}

/** The release of TensorFlow.js that the tests run the programs with. */
const TFJS = '4.22.0';

/** Options of sharp's resize, as src/images/pixels.ts has them. */
const SHARP: Readonly<Record<Resize, string>> = {
  crop: "{ fit: 'cover', kernel: 'cubic' }",
  stretch: "{ fit: 'fill', kernel: 'cubic' }",
  pad: "{ fit: 'contain', background: '#808080', kernel: 'cubic' }",
};

/** Width and height of the image on a square canvas. */
const CANVAS: Readonly<Record<Resize, string>> = {
  crop: `const scale = size / Math.min(image.naturalWidth, image.naturalHeight);
  const [width, height] = [scale * image.naturalWidth, scale * image.naturalHeight];`,
  stretch: 'const [width, height] = [size, size];',
  pad: `const scale = size / Math.max(image.naturalWidth, image.naturalHeight);
  const [width, height] = [scale * image.naturalWidth, scale * image.naturalHeight];`,
};

/** The same resizing in Pillow, rounding as sharp does. */
const PILLOW: Readonly<Record<Resize, string>> = {
  crop: `    scale = size / min(image.size)
    width, height = (int(side * scale + 0.5) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - size + 1) // 2, (height - size + 1) // 2
    return numpy.asarray(image.crop((left, top, left + size, top + size)))`,
  stretch: '    return numpy.asarray(image.resize((size, size), Image.Resampling.BICUBIC))',
  pad: `    scale = size / max(image.size)
    width, height = (max(1, int(side * scale + 0.5)) for side in image.size)
    square = Image.new("RGB", (size, size), "#808080")
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    square.paste(image, ((size - width) // 2, (size - height) // 2))
    return numpy.asarray(square)`,
};

const WORDS: Readonly<Record<Resize, string>> = {
  crop: 'the shorter side is resized, then the centre is cropped',
  stretch: 'both sides are resized, whatever the proportions',
  pad: 'the longer side is resized, with grey borders beside the shorter one',
};

/** Markdown. Each program stands alone; they lie in the model's folder. */
export function usageSnippets({ inputSize, resize, formats, isOfLabels = false }: ModelUse): string {
  const hasOnnx = formats.includes('onnx');
  const hasTfjs = formats.includes('tfjs');
  return [
    `Images become ${inputSize} × ${inputSize} pixels like this: ${WORDS[resize]}. Node gives the same probabilities as hpo. Python and browsers resize and decode a little differently.`,
    ...(formats.includes('page')
      ? ['Without any program: open `page.html` in a browser and drop photographs on it.']
      : []),
    ...(hasOnnx || hasTfjs ? ['On the command line, with hpo:', fenced('sh', 'npx hpo predict . photo.jpg')] : []),
    ...(hasOnnx ? onnxSnippets(inputSize, resize, isOfLabels) : []),
    ...(hasTfjs ? tfjsSnippets(inputSize, resize, { inNode: !hasOnnx, isOfLabels }) : []),
  ].join('\n\n');
}

function onnxSnippets(size: number, resize: Resize, isOfLabels: boolean): string[] {
  return [
    'In Node, without hpo: `npm install onnxruntime-node sharp`. `ORT_DISABLE_TELEMETRY=1 node classify.mjs photo.jpg`',
    fenced('js', onnxProgram(size, resize, isOfLabels)),
    'In Python: `pip install onnxruntime numpy pillow`. `python classify.py photo.jpg`',
    fenced('python', pythonProgram(resize, isOfLabels)),
  ];
}

function tfjsSnippets(
  size: number,
  resize: Resize,
  { inNode, isOfLabels }: { readonly inNode: boolean; readonly isOfLabels: boolean },
): string[] {
  const node = [
    `In Node, without hpo: \`npm install @tensorflow/tfjs-core@${TFJS} @tensorflow/tfjs-layers@${TFJS} @tensorflow/tfjs-backend-cpu@${TFJS} sharp\`. \`node classify.mjs photo.jpg\``,
    fenced('js', tfjsProgram(size, resize, isOfLabels)),
  ];
  return [
    ...(inNode ? node : []),
    'In a browser, as a page beside `model.json` that a web server delivers:',
    fenced('html', browserPage(size, resize, isOfLabels)),
  ];
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function pixelsProgram(size: number, resize: Resize): string {
  return `const pixels = await sharp(process.argv[2])
  .autoOrient()
  .flatten({ background: '#ffffff' })
  .toColourspace('srgb')
  .resize(${size}, ${size}, ${SHARP[resize]})
  .raw()
  .toBuffer();`;
}

/** The end of a program: classes, or the labels that are given. @param values an expression for the probabilities. */
function printed(values: string, isOfLabels: boolean): string {
  const line = `console.log(name, ${values}[i].toFixed(4))`;
  if (!isOfLabels) return `classes.forEach((name, i) => ${line});`;
  return `classes.forEach((name, i) => ${values}[i] >= thresholds[i] && ${line});`;
}

const inputFields = (isOfLabels: boolean): string => (isOfLabels ? '{ classes, thresholds }' : '{ classes }');

function onnxProgram(size: number, resize: Resize, isOfLabels: boolean): string {
  return `// classify.mjs
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const read = (name) => readFileSync(new URL(name, import.meta.url));
const ${inputFields(isOfLabels)} = JSON.parse(read('input.json'));
const session = await InferenceSession.create(read('model.onnx'));

${pixelsProgram(size, resize)}
const { probabilities } = await session.run({ pixels: new Tensor('uint8', pixels, [1, ${size}, ${size}, 3]) });
${printed('probabilities.data', isOfLabels)}`;
}

function tfjsProgram(size: number, resize: Resize, isOfLabels: boolean): string {
  return `// classify.mjs
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';

const read = (name) => readFileSync(new URL(name, import.meta.url));
const { modelTopology, weightsManifest } = JSON.parse(read('model.json'));
const ${inputFields(isOfLabels)} = JSON.parse(read('input.json'));
const weightData = new Uint8Array(Buffer.concat(weightsManifest.flatMap(({ paths }) => paths.map(read)))).buffer;
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const model = await loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));

${pixelsProgram(size, resize)}
const probabilities = model.predict(tf.tensor4d(Float32Array.from(pixels), [1, ${size}, ${size}, 3])).dataSync();
${printed('probabilities', isOfLabels)}`;
}

function browserPage(size: number, resize: Resize, isOfLabels: boolean): string {
  const script = (name: string, file: string): string =>
    `<script src="https://cdn.jsdelivr.net/npm/@tensorflow/${name}@${TFJS}/dist/${file}.min.js"></script>`;
  return `<!doctype html>
${script('tfjs-core', 'tf-core')}
${script('tfjs-layers', 'tf-layers')}
${script('tfjs-backend-cpu', 'tf-backend-cpu')}
<input type="file" accept="image/*">
<pre></pre>
<script type="module">
const size = ${size};
const model = await tf.loadLayersModel('model.json');
const ${inputFields(isOfLabels)} = await (await fetch('input.json')).json();

async function classify(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  ${CANVAS[resize]}
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '${resize === 'pad' ? '#808080' : '#ffffff'}';
  context.fillRect(0, 0, size, size);
  context.drawImage(image, (size - width) / 2, (size - height) / 2, width, height);
  const probabilities = model.predict(tf.expandDims(tf.cast(tf.browser.fromPixels(canvas), 'float32'))).dataSync();
  return classes.map((name, i) => \`\${name} \${probabilities[i].toFixed(4)}\`)${isOfLabels ? '.filter((_, i) => probabilities[i] >= thresholds[i])' : ''}.join('\\n');
}

document.querySelector('input').onchange = async ({ target }) => {
  document.querySelector('pre').textContent = await classify(URL.createObjectURL(target.files[0]));
};
</script>`;
}

/** A script beside model.onnx, which tells it everything else. */
export function pythonProgram(resize: Resize, isOfLabels = false): string {
  return `# classify.py: classifies images with the model.onnx beside it.
# pip install onnxruntime numpy pillow; python classify.py photo.jpg
import json
import pathlib
import sys

import numpy
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession(pathlib.Path(__file__).with_name("model.onnx"))
facts = session.get_modelmeta().custom_metadata_map
classes = json.loads(facts["classes"])${isOfLabels ? '\nthresholds = dict(zip(classes, json.loads(facts["thresholds"])))' : ''}
size = json.loads(facts["input"])["size"]


def pixels(path):
    """RGB, uint8, [size, size, 3]: upright, on white, resized as in training."""
    image = ImageOps.exif_transpose(Image.open(path))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
${PILLOW[resize]}


for path in sys.argv[1:]:
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels(path)[None]})
    for name, probability in sorted(zip(classes, probabilities[0]), key=lambda pair: -pair[1]):
${isOfLabels ? '        if probability >= thresholds[name]:\n            ' : '        '}print(name, f"{probability:.4f}")`;
}
