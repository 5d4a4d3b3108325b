// A model that was exported, loaded to classify images.
/// <reference lib="esnext.disposable" preserve="true" />
import { HpoError } from '../study/errors.js';
import type { ActivationMap } from '../trainer/model/class-activation.js';
import { explainedPicture } from './explain/explained-picture.js';
import { must } from '../system/must.js';
import { existsSync, statSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import { decodePixels, readPixels } from '../images/pixels.js';
import type { ResourcesConfiguration } from '../study/schema/study-schema.js';
import { INPUT_FILE, ONNX_FILE, TFJS_FILE, loadExportedModel } from '../trainer/model/exported-model.js';
import type { Messages } from './messages.js';
import { type OpenClassifier, openClassifier, openOnnxClassifier } from './model/open-classifier.js';
import { chooseEngine } from './setup/choose-engine.js';
import { oneOf } from '../system/nearest.js';

/** Side in pixels: large enough to look at. */
const SMALLEST_PICTURE = 448;

export interface LoadClassifierOptions extends Pick<Messages, 'onProgress'> {
  /** What computes. Default: the fastest engine of this machine. */
  readonly engine?: ResourcesConfiguration['engine'];
}

export interface Prediction {
  /** The most probable class, or label. */
  readonly label: string;
  /** Of a model that gives several labels an image: those that it gives, the most probable first. Others have none. */
  readonly labels?: readonly string[];
  /** All classes, the most probable first; probabilities add up to 1. Those of several labels are each on their own. */
  readonly classes: readonly PredictedClass[];
}

export interface PredictedClass {
  readonly name: string;
  readonly probability: number;
  /** Of several labels: from this probability on the label is given. */
  readonly threshold?: number;
}

export interface ExplainOptions {
  /** The class to explain. Default: the most probable one. */
  readonly label?: string | undefined;
  /** The block of the backbone whose output is mapped. Default: the last, where the map is exact; lower ones by Grad-CAM. */
  readonly block?: string | undefined;
}

export interface Explanation {
  readonly prediction: Prediction;
  /** The class that the map is of. */
  readonly label: string;
  readonly map: ActivationMap;
  /** A PNG: the image as the network saw it, red where it looked most for the class. */
  readonly picture: Uint8Array;
}

export interface ImageClassifier extends AsyncDisposable {
  /** In the model's order. */
  readonly classes: readonly string[];
  /** Of a model that gives several labels an image, in the same order. Others have none. */
  readonly thresholds?: readonly number[];
  /**
   * Classifies images: paths of files, or their encoded bytes (JPEG, PNG, WebP, …).
   * @throws HpoError ERR_IMAGE that names the first image that cannot be read.
   */
  predict(images: readonly (string | Uint8Array)[]): Promise<Prediction[]>;
  /**
   * Classifies an image and shows where the network looked: a class activation map over what it saw.
   * @throws HpoError ERR_IMAGE; ERR_USAGE where the model is an ONNX file, or has no such class or block.
   */
  explain(image: string | Uint8Array, options?: ExplainOptions): Promise<Explanation>;
  /** Frees what it holds. `await using` does it by itself. */
  close(): Promise<void>;
}

/**
 * Loads a model.
 * @param model a folder as `exportStudy` or `trainModel` wrote it, or the ONNX file of one.
 * @throws HpoError ERR_WEIGHTS naming the file that is missing or wrong, ERR_ENGINE.
 */
export async function loadClassifier(model: string, options: LoadClassifierOptions = {}): Promise<ImageClassifier> {
  const classifier = await opened(absolute(model), options);
  const { inputSize, resize, classes, thresholds } = classifier;
  const predictionOf = (probabilities: Float32Array): Prediction => ranked(probabilities, classes, thresholds);
  const pixelsOf = (image: string | Uint8Array, i: number, side = inputSize): Promise<Uint8Array> =>
    typeof image === 'string'
      ? readPixels({ type: 'file', path: absolute(image) }, side, resize)
      : decodePixels(image, side, resize, `image ${i}`);
  return {
    classes,
    ...(thresholds === undefined ? {} : { thresholds }),
    async predict(images) {
      const predictions: Prediction[] = [];
      for (const [i, image] of images.entries()) {
        predictions.push(predictionOf(await classifier.probabilities(await pixelsOf(image, i))));
      }
      return predictions;
    },
    async explain(image, { label, block } = {}) {
      const pixels = await pixelsOf(image, 0);
      const prediction = predictionOf(await classifier.probabilities(pixels));
      const explained = label ?? prediction.label;
      const index = classes.indexOf(explained);
      if (index < 0) {
        throw new HpoError('ERR_USAGE', `expected ${oneOf(classes, explained, ' as the class to explain, got')}`);
      }
      const map = await classifier.activationMap(pixels, index, block);
      const side = Math.max(inputSize, SMALLEST_PICTURE);
      const picture = await explainedPicture(await pixelsOf(image, 0, side), side, map)
        .png()
        .toBuffer();
      return { prediction, label: explained, map, picture };
    },
    close: () => classifier.close(),
    [Symbol.asyncDispose]: () => classifier.close(),
  };
}

/** The tfjs model of a folder, since every engine runs that; else its ONNX file, which onnxruntime alone runs. */
async function opened(path: string, options: LoadClassifierOptions): Promise<OpenClassifier> {
  const { engine = 'auto' } = options;
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const file = isFile ? path : join(path, ONNX_FILE);
  if (
    !isFile &&
    existsSync(join(path, INPUT_FILE)) &&
    ![TFJS_FILE, ONNX_FILE].some((one) => existsSync(join(path, one)))
  ) {
    const advice = 'export it with --format onnx or tfjs';
    throw new HpoError('ERR_WEIGHTS', `expected ${TFJS_FILE} or ${ONNX_FILE}, got none at ${path}: ${advice}`);
  }
  if (!isFile && (existsSync(join(path, TFJS_FILE)) || !existsSync(file))) {
    const model = await loadExportedModel(path);
    const { name } = await chooseEngine(engine, options);
    return openClassifier(model, name);
  }
  return openOnnxClassifier(file, engine === 'auto' ? 'onnx' : engine);
}

function ranked(
  probabilities: Float32Array,
  names: readonly string[],
  thresholds: readonly number[] | undefined,
): Prediction {
  const all = names.map((name, i): PredictedClass => {
    const threshold = thresholds?.[i];
    const probability = must(probabilities[i], 'a probability');
    return { name, probability, ...(threshold === undefined ? {} : { threshold }) };
  });
  const classes = all.sort((a, b) => b.probability - a.probability);
  const label = classes[0]?.name ?? '';
  if (thresholds === undefined) return { label, classes };
  const given = classes.filter(({ probability, threshold = 1 }) => probability >= threshold);
  return { label, labels: given.map(({ name }) => name), classes };
}
