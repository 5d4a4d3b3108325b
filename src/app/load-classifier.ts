// A model that was exported, loaded to classify images.
/// <reference lib="esnext.disposable" preserve="true" />
import { must } from '../system/must.js';
import { resolve as absolute } from 'node:path';
import { decodePixels, readPixels } from '../images/pixels.js';
import type { ResourcesConfiguration } from '../study/schema/study-schema.js';
import { loadExportedModel } from '../trainer/model/exported-model.js';
import type { Messages } from './messages.js';
import { openClassifier } from './model/open-classifier.js';
import { chooseEngine } from './setup/choose-engine.js';

export interface LoadClassifierOptions extends Pick<Messages, 'onProgress'> {
  /** What computes. Default: the fastest engine of this machine. */
  readonly engine?: ResourcesConfiguration['engine'];
}

export interface Prediction {
  /** The most probable class. */
  readonly label: string;
  /** All classes, the most probable first; probabilities add up to 1. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

export interface ImageClassifier extends AsyncDisposable {
  /** In the model's order. */
  readonly classes: readonly string[];
  /**
   * Classifies images: paths of files, or their encoded bytes (JPEG, PNG, WebP, …).
   * @throws HpoError ERR_IMAGE that names the first image that cannot be read.
   */
  predict(images: readonly (string | Uint8Array)[]): Promise<Prediction[]>;
  /** Frees what it holds. `await using` does it by itself. */
  close(): Promise<void>;
}

/**
 * Loads a model.
 * @param folder as `exportStudy` or `trainModel` wrote it.
 * @throws HpoError ERR_WEIGHTS naming the file that is missing or wrong, ERR_ENGINE.
 */
export async function loadClassifier(folder: string, options: LoadClassifierOptions = {}): Promise<ImageClassifier> {
  const model = await loadExportedModel(absolute(folder));
  const { inputSize, resize } = model;
  const { name } = await chooseEngine(options.engine ?? 'auto', options);
  const classifier = await openClassifier(model, name);
  const pixelsOf = (image: string | Uint8Array, i: number): Promise<Uint8Array> =>
    typeof image === 'string'
      ? readPixels({ type: 'file', path: absolute(image) }, inputSize, resize)
      : decodePixels(image, inputSize, resize, `image ${i}`);
  return {
    classes: model.classes,
    async predict(images) {
      const predictions: Prediction[] = [];
      for (const [i, image] of images.entries()) {
        predictions.push(ranked(await classifier.probabilities(await pixelsOf(image, i)), model.classes));
      }
      return predictions;
    },
    close: () => classifier.close(),
    [Symbol.asyncDispose]: () => classifier.close(),
  };
}

function ranked(probabilities: Float32Array, names: readonly string[]): Prediction {
  const all = names.map((name, i) => ({ name, probability: must(probabilities[i], 'a probability') }));
  const classes = all.sort((a, b) => b.probability - a.probability);
  return { label: classes[0]?.name ?? '', classes };
}
