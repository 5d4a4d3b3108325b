// How to use an exported model from Node, a browser and Python: programs for its card, with the resizing that it was trained with.
import type { Resize } from '../../images/resize.js';

export interface ModelInput {
  /** Side in pixels. */
  readonly inputSize: number;
  readonly resize: Resize;
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

const WORDS: Readonly<Record<Resize, string>> = {
  crop: 'the shorter side is resized, then the centre is cropped',
  stretch: 'both sides are resized, whatever the proportions',
  pad: 'the longer side is resized, with grey borders beside the shorter one',
};

/** Markdown. Each program stands alone; they lie in the model's folder. */
export function usageSnippets({ inputSize, resize }: ModelInput): string {
  return [
    `Images become ${inputSize} × ${inputSize} pixels like this: ${WORDS[resize]}. A browser resizes with another filter, so its probabilities differ a little.`,
    'On the command line, with hpo:',
    fenced('sh', 'npx hpo predict . photo.jpg'),
    `In Node, without hpo: \`npm install @tensorflow/tfjs-core@${TFJS} @tensorflow/tfjs-layers@${TFJS} @tensorflow/tfjs-backend-cpu@${TFJS} sharp\`. \`node classify.mjs photo.jpg\``,
    fenced('js', nodeProgram(inputSize, resize)),
    'In a browser, as a page beside `model.json` that a web server delivers:',
    fenced('html', browserPage(inputSize, resize)),
    'In Python, with Node and hpo installed: `python classify.py photo.jpg`',
    fenced('python', PYTHON_PROGRAM),
  ].join('\n\n');
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function nodeProgram(size: number, resize: Resize): string {
  return `// classify.mjs
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';

const read = (name) => readFileSync(new URL(name, import.meta.url));
const { modelTopology, weightsManifest } = JSON.parse(read('model.json'));
const { classes } = JSON.parse(read('input.json'));
const weightData = new Uint8Array(Buffer.concat(weightsManifest.flatMap(({ paths }) => paths.map(read)))).buffer;
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const model = await loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));

const pixels = await sharp(process.argv[2])
  .autoOrient()
  .flatten({ background: '#ffffff' })
  .toColourspace('srgb')
  .resize(${size}, ${size}, ${SHARP[resize]})
  .raw()
  .toBuffer();
const probabilities = model.predict(tf.tensor4d(Float32Array.from(pixels), [1, ${size}, ${size}, 3])).dataSync();
classes.forEach((name, i) => console.log(name, probabilities[i].toFixed(4)));`;
}

function browserPage(size: number, resize: Resize): string {
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
const { classes } = await (await fetch('input.json')).json();

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
  return classes.map((name, i) => \`\${name} \${probabilities[i].toFixed(4)}\`).join('\\n');
}

document.querySelector('input').onchange = async ({ target }) => {
  document.querySelector('pre').textContent = await classify(URL.createObjectURL(target.files[0]));
};
</script>`;
}

const PYTHON_PROGRAM = `# classify.py
import json
import pathlib
import subprocess
import sys

folder = pathlib.Path(__file__).parent
command = ["npx", "hpo", "predict", str(folder), *sys.argv[1:], "--json", "--top", "1000"]
answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
for image in json.loads(answer):
    for found in image["classes"]:
        print(found["name"], f"{found['probability']:.4f}")`;
