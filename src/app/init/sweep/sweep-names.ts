// What sweeps call things, and what they are called here.
import { isTrainingField } from '../../../study/schema/training-schema.js';
import { ownValue } from '../../../system/own.js';
import { COMMON_METRICS, POSITIVE_METRICS } from '../../../metrics/metric-names.js';

/** Usual names of the trainer's fields, in lower case and without separators. */
const FIELDS: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  learningrate: 'learningRate',
  initlr: 'learningRate',
  baselr: 'learningRate',
  batchsize: 'batchSize',
  bs: 'batchSize',
  epochs: 'epochs',
  epoch: 'epochs',
  numepochs: 'epochs',
  dropout: 'dropout',
  dropoutrate: 'dropout',
  l1: 'l1',
  l2: 'l2',
  weightdecay: 'l2',
  wd: 'l2',
  labelsmoothing: 'labelSmoothing',
  mixup: 'mixup',
  mixupalpha: 'mixup',
  cutmix: 'cutmix',
  cutmixalpha: 'cutmix',
  momentum: 'momentum',
  optimizer: 'optimizer',
  optim: 'optimizer',
  optimizername: 'optimizer',
  scheduler: 'schedule',
  schedule: 'schedule',
  warmupepochs: 'warmupEpochs',
  augmentation: 'augmentation',
  augment: 'augmentation',
  unfreezedepth: 'unfreezeDepth',
  unfreezelayers: 'unfreezeDepth',
};

/** The trainer's field of this name; of a nested parameter, `optimizer.lr`, the innermost name counts. */
export function fieldOf(path: string): string | undefined {
  const inner = path.slice(path.lastIndexOf('.') + 1);
  // `optimizer: { parameters: { name: … } }` is a common way to nest.
  const name = inner === 'name' || inner === 'type' ? path.slice(0, -inner.length - 1) : inner;
  return isTrainingField(name) ? name : ownValue(FIELDS, plain(name));
}

const METRICS: Readonly<Record<string, string>> = {
  loss: 'logLoss',
  nll: 'logLoss',
  crossentropy: 'logLoss',
  acc: 'accuracy',
  f1: 'macroF1',
  f1score: 'macroF1',
  f1macro: 'macroF1',
  precision: 'macroPrecision',
  recall: 'macroRecall',
  auc: 'rocAuc',
  ...Object.fromEntries([...COMMON_METRICS, ...POSITIVE_METRICS].map((name) => [plain(name), name])),
};

/** The metric that the trainer reports under another name, such as `val_acc` or `eval/f1`. */
export function metricOf(name: string): string | undefined {
  return ownValue(METRICS, plain(name).replace(/^(validation|valid|val|eval|test|dev)/, ''));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
