// A study made up from a seed: plausible curves, prunings, failures and confusions on a clock of its own.
import { RandomStream } from '../../../src/math/random.js';
import { type TrialEvent, JOURNAL_VERSION } from '../../../src/study/events.js';
import { HistoryLedger } from '../../../src/study/history.js';
import type { Parameters } from '../../../src/study/parameters.js';
import { type StudyDefinition, parseStudy } from '../../../src/study/schema/parse-study.js';
import type { ClassificationDetail, Outcome } from '../../../src/study/trial.js';
import { SearchSpace } from '../../../src/study/space.js';
import { accuracy, macro } from '../../../src/metrics/scores.js';

export const BEGAN = Date.UTC(2025, 2, 14, 20, 0, 0);
const EPOCHS = 12;
const PER_CLASS = [83, 70] as const;
/** Training and validation. */
const IMAGES = 398;

export interface FakeOptions {
  readonly trials: number;
  /** The study's total; as many as there are trials unless given. */
  readonly total?: number;
  readonly slots?: number;
  readonly seed?: number;
  /** Trials that are still running at the end; as many as there are slots unless given. */
  readonly unfinished?: number;
  readonly name?: string;
  readonly detail?: boolean;
}

export function fakeDefinition({ total, trials, name, seed = 7, slots = 2 }: FakeOptions): StudyDefinition {
  const file = {
    name: name ?? 'ants-bees',
    data: { train: '../data/ants-bees/train', validation: '../data/ants-bees/val' },
    backbone: { name: 'squeezenet1.1', weights: '../weights/squeezenet.h5', inputSize: 224 },
    space: {
      learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
      batchSize: { type: 'choice', values: [8, 16, 32, 64] },
      unfreezeDepth: { type: 'int', min: 0, max: 4 },
      dropout: { type: 'float', min: 0, max: 0.6 },
      l2: { type: 'float', min: 1e-7, max: 1e-2, scale: 'log' },
      augmentation: { type: 'choice', values: ['none', 'flip', 'standard', 'strong'] },
    },
    search: { strategy: 'bayesian', trials: Math.max(1, total ?? trials), seed },
    training: { epochs: EPOCHS, headEpochs: 2 },
    resources: { workers: slots, engine: 'onnx' },
  };
  return parseStudy(JSON.stringify(file), 'study.json', 'study');
}

/** Every event of the study in order of time. */
export function fakeEvents(options: FakeOptions): TrialEvent[] {
  const { trials, slots = 2, seed = 7, detail = true } = options;
  const definition = fakeDefinition(options);
  const unfinished = Math.min(trials, options.unfinished ?? slots);
  const space = new SearchSpace(definition.space);
  const counts = { train: [124, 121], validation: [...PER_CLASS], test: [] };
  const images = { digest: 'made up', classes: ['ants', 'bees'], counts };
  const study = { name: definition.name, definition, images };
  const events: TrialEvent[] = [{ type: 'created', version: JOURNAL_VERSION, study, at: BEGAN }];
  const freeAt = new Array<number>(slots).fill(BEGAN + 1000);
  const finished: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const random = RandomStream.of(seed, 'fake', trial);
    const slot = freeAt.indexOf(Math.min(...freeAt));
    const story = tell(trial, space, random, finished, trial >= trials - unfinished);
    let at = freeAt[slot] as number;
    events.push({
      type: 'asked',
      trial,
      parameters: story.parameters,
      source: 'sampler',
      note: trial < 10 ? `start-up ${trial + 1} of 10` : `log expected improvement −${(1 + random.next()).toFixed(2)}`,
      at,
    });
    events.push({ type: 'started', trial, slot, at: at + 5 });
    story.values.forEach((value, i) => {
      const seconds = story.seconds * (i < 2 ? 0.5 : 1) * random.uniform(0.9, 1.1);
      at += Math.round(seconds * 1000);
      const { confusion } = confusionAt(value);
      const metrics = {
        macroF1: macro(confusion, 'f1'),
        accuracy: accuracy(confusion),
        logLoss: 1.4 * (1 - value) + 0.05,
      };
      // Its four views are computed once, by the first trial.
      const computed = trial === 0 && i < 4 ? IMAGES : 0;
      const work = { needed: IMAGES, computed, seconds: computed / 100 };
      const report = { epoch: i + 1, metrics, seconds, work, ...(detail ? { detail: { confusion } } : {}) };
      events.push({ type: 'reported', trial, report, at });
    });
    if (story.outcome !== undefined) {
      events.push({ type: 'told', trial, outcome: story.outcome, at: at + 20 });
      if (story.outcome.status === 'completed') finished.push(Math.max(...story.values));
    }
    freeAt[slot] = at + 40;
  }
  // Stable: at one moment, events stay in the order in which they were made.
  const [created, ...rest] = events;
  return renumber([created as TrialEvent, ...rest.sort((a, b) => a.at - b.at)]);
}

export function historyOf(events: readonly TrialEvent[]): HistoryLedger {
  const created = events.find((event) => event.type === 'created');
  const definition = created?.type === 'created' ? created.study.definition : undefined;
  const history = new HistoryLedger(definition?.objective ?? { metric: 'macroF1', direction: 'maximize' });
  for (const event of events) history.apply(event);
  return history;
}

interface Story {
  readonly parameters: Parameters;
  readonly values: readonly number[];
  readonly seconds: number;
  readonly outcome: Outcome | undefined;
}

function tell(
  trial: number,
  space: SearchSpace,
  random: RandomStream,
  finished: readonly number[],
  running: boolean,
): Story {
  const unit = Float64Array.from({ length: space.dimensions }, () => random.next());
  // Later trials lie nearer to the optimum, as a search would have it.
  const pull = Math.min(0.7, trial / 60);
  const aim = [0.62, 0.4, 0.6, 0.45, 0.5, 0.6];
  const parameters = space.decode(unit.map((u, i) => u * (1 - pull) + (aim[i] as number) * pull));
  const reached = qualityOf(parameters) + 0.012 * random.normal();
  const pace = 0.35 + 0.25 * random.next();
  const curve = Array.from({ length: EPOCHS }, (_, i) => {
    const value = reached - (reached - 0.42) * Math.exp(-pace * (i + 0.6)) + 0.006 * random.normal();
    return Math.min(0.995, Math.max(0.02, value));
  });
  const seconds = 2 + 1.5 * Number(parameters['unfreezeDepth']);
  if (running)
    return { parameters, values: curve.slice(0, 1 + random.integer(EPOCHS - 2)), seconds, outcome: undefined };
  if (random.next() < 0.02) {
    const message = 'loss was NaN in step 41 of epoch 2; learning rate 0.0094 may be too high';
    return { parameters, values: curve.slice(0, 1), seconds, outcome: { status: 'failed', kind: 'diverged', message } };
  }
  const mark = finished.slice(-40).sort((a, b) => a - b)[Math.floor(Math.min(40, finished.length) / 2)];
  const epoch = 3 + random.integer(4);
  const soFar = Math.max(...curve.slice(0, epoch));
  if (finished.length >= 5 && mark !== undefined && soFar < mark - 0.03) {
    const reason = `${soFar.toFixed(4)} at epoch ${epoch} against a median of ${(mark - 0.02).toFixed(4)} of ${finished.length} trials`;
    return { parameters, values: curve.slice(0, epoch), seconds, outcome: { status: 'pruned', epoch, reason } };
  }
  return { parameters, values: curve, seconds, outcome: { status: 'completed' } };
}

function qualityOf(parameters: Parameters): number {
  const rate = Math.log10(Number(parameters['learningRate']));
  const depth = Number(parameters['unfreezeDepth']);
  const dropout = Number(parameters['dropout']);
  const augmentation =
    { none: -0.04, flip: -0.01, standard: 0, strong: -0.02 }[String(parameters['augmentation'])] ?? 0;
  return 0.935 - 0.05 * (rate + 3.15) ** 2 - 0.012 * (depth - 2.4) ** 2 - 0.1 * (dropout - 0.27) ** 2 + augmentation;
}

function confusionAt(value: number): ClassificationDetail {
  const confusion = PER_CLASS.map((count, actual) => {
    const right = Math.round(count * Math.min(1, value + (actual === 0 ? 0.02 : -0.02)));
    return PER_CLASS.map((_, predicted) => (predicted === actual ? right : count - right));
  });
  return { confusion };
}

/** Trials are numbered in the order of asking, which the slots' clocks have changed. */
function renumber(events: readonly TrialEvent[]): TrialEvent[] {
  const numbers = new Map<number, number>();
  for (const event of events) if (event.type === 'asked') numbers.set(event.trial, numbers.size);
  return events.map((event) => ('trial' in event ? { ...event, trial: numbers.get(event.trial) as number } : event));
}
