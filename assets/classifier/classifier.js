// The page: loads the model that it carries, and shows for each photograph the share of each class and where the network looked.
/* global document, createImageBitmap, atob, tf, overlaid, ImageData */
'use strict';

/** Side of the pictures that are shown, in pixels. */
const SHOWN = 480;

const facts = JSON.parse(document.getElementById('facts').textContent);
const status = document.getElementById('status');

function bytesOf(id) {
  const text = atob(document.getElementById(id).textContent);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function loadModel() {
  const wasm = `data:application/wasm;base64,${document.getElementById('wasm').textContent}`;
  tf.wasm.setWasmPaths({
    'tfjs-backend-wasm.wasm': 'data:,',
    'tfjs-backend-wasm-simd.wasm': wasm,
    'tfjs-backend-wasm-threaded-simd.wasm': wasm,
  });
  // Threads need a page that a server delivers.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('This browser is too old: it lacks WebAssembly SIMD.');
  await tf.setBackend('wasm');
  const { modelTopology, weightSpecs } = JSON.parse(document.getElementById('model').textContent);
  const weightData = bytesOf('weights').buffer;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const [kernel] = model.getLayer('head').getWeights();
  const withFeatures = tf.model({ inputs: model.inputs, outputs: [model.outputs[0], model.getLayer('pooled').input] });
  return { model: withFeatures, kernel };
}

// Resizing as the model was trained: cubic, with a filter as wide as the reduction (Catmull-Rom; Keys 1981, a = -1/2).

/** For each of `to` positions the first of `from` that it reads, and their weights. */
function filtersOf(from, to) {
  const scale = from / to;
  const spread = Math.max(1, scale);
  const cubic = (distance) => {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
  };
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - 2 * spread));
    const last = Math.min(from, Math.ceil(centre + 2 * spread));
    const weights = Array.from({ length: last - first }, (__, k) => cubic((first + k + 0.5 - centre) / spread));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** RGBA [height, width, 4] to RGB numbers [newHeight, newWidth, 3] in 0 … 255. */
function resized(pixels, width, height, newWidth, newHeight) {
  const across = filtersOf(width, newWidth);
  const down = filtersOf(height, newHeight);
  const narrow = new Float32Array(height * newWidth * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = across[x];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0, at = 4 * (y * width + first) + c; k < weights.length; k++, at += 4)
          sum += weights[k] * pixels[at];
        narrow[3 * (y * newWidth + x) + c] = sum;
      }
    }
  }
  const result = new Uint8ClampedArray(newHeight * newWidth * 3);
  const row = 3 * newWidth;
  for (let y = 0; y < newHeight; y++) {
    const { first, weights } = down[y];
    for (let i = 0; i < row; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * narrow[(first + k) * row + i];
      result[y * row + i] = sum;
    }
  }
  return result;
}

/** How an image of this size lies on a square of `size`: the size that it gets, and where its corner is. */
function placementOf(width, height, size, resize) {
  if (resize === 'stretch') return { width: size, height: size, left: 0, top: 0 };
  const side = resize === 'crop' ? Math.min(width, height) : Math.max(width, height);
  const [newWidth, newHeight] = [width, height].map((one) => Math.max(1, Math.floor((one * size) / side + 0.5)));
  const round = resize === 'crop' ? (one) => -Math.ceil(one) : (one) => Math.floor(-one);
  return {
    width: newWidth,
    height: newHeight,
    left: round((newWidth - size) / 2),
    top: round((newHeight - size) / 2),
  };
}

/** RGB numbers [size, size, 3] of an image's pixels. */
function squared({ data, width, height }, size, resize) {
  const place = placementOf(width, height, size, resize);
  const pixels = resized(data, width, height, place.width, place.height);
  const square = new Float32Array(size * size * 3).fill(128);
  for (let y = 0; y < place.height; y++) {
    for (let x = 0; x < place.width; x++) {
      const [toX, toY] = [x + place.left, y + place.top];
      if (toX < 0 || toY < 0 || toX >= size || toY >= size) continue;
      for (let c = 0; c < 3; c++) square[3 * (toY * size + toX) + c] = pixels[3 * (y * place.width + x) + c];
    }
  }
  return square;
}

const loading = loadModel();

/**
 * Shares of the classes, and for each class the map of what spoke for it: the features at each position times the class's weights
 * (class activation map; Zhou et al. 2016). Their mean over positions is the class's score but for its bias.
 */
async function classify(pixels) {
  const { model, kernel } = await loading;
  const { size } = facts;
  return tf.tidy(() => {
    const [shares, features] = model.predict(tf.tensor4d(pixels, [1, size, size, 3]));
    const [, rows, columns, channels] = features.shape;
    const maps = tf.transpose(tf.matMul(tf.reshape(features, [rows * columns, channels]), kernel));
    return { shares: shares.dataSync(), maps: maps.dataSync(), rows, columns };
  });
}

/** An image's pixels, upright, on white. */
async function decode(file) {
  const image = await createImageBitmap(file);
  const { width, height } = image;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error(`${width} × ${height} pixels are more than this browser takes`);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  return { canvas, pixels: context.getImageData(0, 0, width, height) };
}

/** What the network saw, large enough to look at. */
function pictureOf(source) {
  const canvas = Object.assign(document.createElement('canvas'), { width: SHOWN, height: SHOWN });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const { left, top, width, height } = placementOf(source.width, source.height, SHOWN, facts.resize);
  context.fillStyle = '#808080';
  context.fillRect(0, 0, SHOWN, SHOWN);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, left, top, width, height);
  return { canvas, context, plain: context.getImageData(0, 0, SHOWN, SHOWN) };
}

function element(tag, text, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...properties });
}

async function show(file) {
  const card = element('article', '', { className: 'card' });
  document.getElementById('cards').prepend(card);
  const side = document.createElement('div');
  side.append(element('h2', file.name));
  try {
    const { canvas: source, pixels } = await decode(file);
    const { shares, maps, rows, columns } = await classify(squared(pixels, facts.size, facts.resize));
    const picture = pictureOf(source);
    const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
    const list = document.createElement('ol');
    const buttons = order.map((k) => {
      const button = document.createElement('button');
      button.type = 'button';
      // Of several labels an image those with ✓ are given.
      const isGiven = facts.thresholds !== undefined && shares[k] >= facts.thresholds[k];
      const name = `${isGiven ? '✓ ' : ''}${facts.classes[k]}`;
      button.append(element('span', name), element('span', `${(100 * shares[k]).toFixed(1)} %`));
      button.style.setProperty('--share', `${(100 * shares[k]).toFixed(2)}%`);
      button.dataset.share = String(shares[k]);
      button.title = 'show or hide what spoke for this class';
      button.addEventListener('click', () => mark(button.getAttribute('aria-pressed') === 'true' ? -1 : k));
      const item = document.createElement('li');
      item.append(button);
      list.append(item);
      return { k, button };
    });
    const mark = (chosen) => {
      for (const { k, button } of buttons) button.setAttribute('aria-pressed', String(k === chosen));
      const { context, plain } = picture;
      if (chosen < 0) return context.putImageData(plain, 0, 0);
      const map = maps.subarray(chosen * rows * columns, (chosen + 1) * rows * columns);
      const explained = overlaid({ rgba: plain.data, width: SHOWN, height: SHOWN }, { values: map, rows, columns });
      context.putImageData(new ImageData(explained, SHOWN, SHOWN), 0, 0);
    };
    mark(order[0]);
    side.append(list);
    card.append(picture.canvas, side);
  } catch (error) {
    side.append(element('p', `This file could not be classified: ${error.message}`));
    card.append(side);
  }
}

async function showAll(files) {
  for (const file of files) await show(file);
}

const drop = document.getElementById('drop');
for (const type of ['dragenter', 'dragover']) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  void showAll(event.dataTransfer.files);
});
drop.querySelector('input').addEventListener('change', ({ target }) => void showAll(target.files));
loading.then(
  () => (status.textContent = 'Ready. Photographs stay on this machine.'),
  (error) => (status.textContent = `The model could not be loaded. ${error.message}`),
);
