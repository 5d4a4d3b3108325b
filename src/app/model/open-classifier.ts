// A trained model that is compiled and ready: pixels in, class probabilities out.
import type { EngineName } from '../../engines/engine.js';
import { openEngine } from '../../engines/open-engine.js';
import { configureSharp } from '../../images/pixels.js';
import { Classifier } from '../../trainer/model/classifier.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';

export interface OpenClassifier {
  readonly model: TrainedModel;
  /** Of each class, in the model's order. @param pixels of one image, as from `readPixels`. */
  probabilities(pixels: Uint8Array): Promise<Float32Array>;
  /** Frees the program and the engine. */
  close(): Promise<void>;
}

/** The caller closes it. @throws HpoError ERR_ENGINE. */
export async function openClassifier(model: TrainedModel, engineName: EngineName): Promise<OpenClassifier> {
  configureSharp();
  const engine = await openEngine(engineName);
  try {
    const classifier = await Classifier.compile(engine, model);
    return {
      model,
      probabilities: (pixels) => classifier.probabilities(pixels),
      // What was opened of an engine ends with it.
      close: () => engine.dispose(),
    };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}
