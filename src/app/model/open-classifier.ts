// A trained model that is compiled and ready: pixels in, class probabilities out.
import { type EngineName, PREFIX_ENGINE } from '../../engines/engine.js';
import { openEngine, openOnnxModel } from '../../engines/open-engine.js';
import { configureSharp } from '../../images/pixels.js';
import { type ActivationMap, ActivationMapper } from '../../trainer/model/class-activation.js';
import { Classifier } from '../../trainer/model/classifier.js';
import type { ModelInput } from '../../trainer/model/model-input.js';
import { ONNX_PORTS, readOnnxModel } from '../../trainer/model/onnx-model.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';
import { HpoError } from '../../study/errors.js';

export interface OpenClassifier extends ModelInput {
  /** Of each class, in the model's order. @param pixels of one image, as from `readPixels`. */
  probabilities(pixels: Uint8Array): Promise<Float32Array>;
  /** Where the network looked for a class. @param block default: the last. @throws HpoError ERR_USAGE where that is not known. */
  activationMap(pixels: Uint8Array, classIndex: number, block?: string): Promise<ActivationMap>;
  /** Frees the program and the engine. */
  close(): Promise<void>;
}

/** The caller closes it. @throws HpoError ERR_ENGINE. */
export async function openClassifier(model: TrainedModel, engineName: EngineName): Promise<OpenClassifier> {
  configureSharp();
  const { classes, inputSize, resize, thresholds } = model;
  // What no graph has runs where the frozen part ran.
  const isGraph = model.backbone.file?.isGraph('pooled') ?? true;
  const engine = await openEngine(isGraph ? engineName : PREFIX_ENGINE);
  try {
    const classifier = await Classifier.compile(engine, model);
    const mappers = new Map<string | undefined, Promise<ActivationMapper>>();
    return {
      classes,
      inputSize,
      resize,
      ...(thresholds === undefined ? {} : { thresholds }),
      probabilities: (pixels) => classifier.probabilities(pixels),
      async activationMap(pixels, classIndex, block) {
        const mapper = mappers.get(block) ?? ActivationMapper.compile(engine, model, block);
        mappers.set(block, mapper);
        return (await mapper).map(pixels, classIndex);
      },
      // What was opened of an engine ends with it.
      close: () => engine.dispose(),
    };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

/** Of an ONNX file that hpo exported. The caller closes it. @throws HpoError ERR_WEIGHTS, ERR_ENGINE. */
export async function openOnnxClassifier(file: string, engineName: EngineName): Promise<OpenClassifier> {
  configureSharp();
  const { bytes, input } = await readOnnxModel(file);
  const session = await openOnnxModel(bytes, engineName, ONNX_PORTS);
  const { inputSize, classes } = input;
  return {
    ...input,
    async probabilities(pixels) {
      const probabilities = await session.run(pixels, [1, inputSize, inputSize, 3]);
      if (probabilities.length === classes.length) return probabilities;
      const got = `${probabilities.length} at ${file}`;
      throw new HpoError('ERR_WEIGHTS', `expected a probability for each of ${classes.length} classes, got ${got}`);
    },
    activationMap: async () => {
      const advice = 'export the model with --format tfjs and name its folder';
      throw new HpoError('ERR_USAGE', `expected a model whose layers can be looked into, got an ONNX file: ${advice}`);
    },
    close: () => session.close(),
  };
}
