// A Weights & Biases sweep configuration as the beginning of a study.json. Takes the parsed YAML or JSON.
import { z } from 'zod';
import { HpoError } from '../../study/errors.js';
import { formatProblem, problemsOf } from '../../study/schema/problems.js';
import { isTrainingField } from '../../study/schema/training-schema.js';

export interface SweptStudy {
  /** The parts of a study.json that the sweep speaks of; data and backbone are the user's to add. */
  readonly study: {
    readonly name?: string;
    readonly space: Readonly<Record<string, object>>;
    readonly training: Readonly<Record<string, unknown>>;
    readonly search: object;
    readonly pruner?: object;
    readonly objective?: object;
  };
  /** What could not be taken over, or was taken to mean something, each in a sentence. */
  readonly notes: readonly string[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const parameterSchema = z.looseObject({
  value: scalar.optional(),
  values: z.array(scalar).min(1).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  q: z.number().optional(),
  distribution: z.string().optional(),
});

const sweepSchema = z.looseObject({
  name: z.string().optional(),
  method: z.string().default('bayes'),
  metric: z
    .looseObject({ name: z.string().min(1), goal: z.enum(['maximize', 'minimize']).default('minimize') })
    .optional(),
  parameters: z.record(z.string(), parameterSchema),
  early_terminate: z
    .looseObject({ type: z.string(), min_iter: z.int().min(1).optional(), eta: z.number().optional() })
    .optional(),
  run_cap: z.int().min(1).optional(),
});

type SweptParameter = z.output<typeof parameterSchema>;

const METHODS: Readonly<Record<string, string>> = { bayes: 'bayesian', random: 'random', grid: 'grid' };

/** Usual names of the trainer's fields, in lower case and without separators. */
const ALIASES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  learningrate: 'learningRate',
  initlr: 'learningRate',
  batchsize: 'batchSize',
  bs: 'batchSize',
  epochs: 'epochs',
  epoch: 'epochs',
  numepochs: 'epochs',
  dropout: 'dropout',
  dropoutrate: 'dropout',
  l2: 'l2',
  weightdecay: 'l2',
  optimizer: 'optimizer',
  optim: 'optimizer',
  scheduler: 'schedule',
  schedule: 'schedule',
  augmentation: 'augmentation',
  augment: 'augmentation',
  unfreezedepth: 'unfreezeDepth',
  unfreezelayers: 'unfreezeDepth',
};

/** @throws HpoError ERR_USAGE that names everything that keeps it from being a sweep. */
export function studyFromSweep(sweep: unknown): SweptStudy {
  const parsed = sweepSchema.safeParse(sweep);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, sweep).map((problem) => `\n  ${formatProblem(problem)}`);
    throw new HpoError('ERR_USAGE', `expected a sweep configuration, but${problems.join('')}`);
  }
  const { name, method, metric, parameters, early_terminate: early, run_cap: trials } = parsed.data;
  const notes: string[] = [];
  const { space, training } = convertParameters(parameters, notes);
  const strategy = METHODS[method];
  if (strategy === undefined) notes.push(`method '${method}' is not known; search.strategy is bayesian.`);
  const pruner = early === undefined ? undefined : convertPruner(early, notes);
  if (metric !== undefined)
    notes.push(`objective.metric is '${metric.name}' as the sweep names it; see the metrics that the trainer reports.`);
  return {
    study: {
      ...(name === undefined ? {} : { name }),
      space,
      training,
      search: { strategy: strategy ?? 'bayesian', ...(trials === undefined ? {} : { trials }) },
      ...(pruner === undefined ? {} : { pruner }),
      ...(metric === undefined ? {} : { objective: { metric: metric.name, direction: metric.goal } }),
    },
    notes,
  };
}

function convertParameters(parameters: Readonly<Record<string, SweptParameter>>, notes: string[]) {
  const space: Record<string, object> = {};
  const training: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const field = fieldOf(name);
    if (field === undefined) {
      notes.push(`parameter '${name}' is left out: the trainer has no such field.`);
    } else if (field in space || field in training) {
      notes.push(`parameter '${name}' is left out: ${field} is there already.`);
    } else {
      if (field !== name) notes.push(`parameter '${name}' became ${field}.`);
      const constant = parameter.value ?? (parameter.values?.length === 1 ? parameter.values[0] : undefined);
      if (constant !== undefined) training[field] = constant;
      else {
        const domain = domainOf(name, parameter, notes);
        if (domain !== undefined) space[field] = domain;
      }
    }
  }
  return { space, training };
}

function fieldOf(name: string): string | undefined {
  return isTrainingField(name) ? name : ALIASES[name.toLowerCase().replace(/[^a-z0-9]/g, '')];
}

/** Distributions: the W&B reference "Sweep configuration options", `distribution options for random and Bayesian search`. */
function domainOf(name: string, parameter: SweptParameter, notes: string[]): object | undefined {
  const { values, min, max, q } = parameter;
  if (values !== undefined) return { type: 'choice', values };
  if (min === undefined || max === undefined) {
    notes.push(`parameter '${name}' is left out: it has neither value, values nor min and max.`);
    return undefined;
  }
  const isWhole = Number.isInteger(min) && Number.isInteger(max);
  const distribution = parameter.distribution ?? (isWhole ? 'int_uniform' : 'uniform');
  if (q !== undefined && q !== 1) notes.push(`parameter '${name}' is searched without its step of ${q}.`);
  switch (distribution) {
    case 'int_uniform':
      return { type: 'int', min, max };
    case 'q_uniform':
      return q === 1 && isWhole ? { type: 'int', min, max } : { type: 'float', min, max };
    case 'uniform':
      return { type: 'float', min, max };
    case 'log_uniform_values':
    case 'q_log_uniform_values':
      return { type: 'float', min, max, scale: 'log' };
    case 'inv_log_uniform_values':
      notes.push(`parameter '${name}' is searched on a log scale instead of an inverse one.`);
      return { type: 'float', min, max, scale: 'log' };
    case 'log_uniform':
    case 'q_log_uniform':
      // Here the bounds are natural logarithms.
      return { type: 'float', min: Math.exp(min), max: Math.exp(max), scale: 'log' };
    default:
      notes.push(`parameter '${name}' is searched uniformly: '${distribution}' has no counterpart.`);
      return { type: 'float', min, max };
  }
}

function convertPruner(
  { type, min_iter: least, eta = 3 }: { type: string; min_iter?: number | undefined; eta?: number | undefined },
  notes: string[],
): object | undefined {
  if (type !== 'hyperband') {
    notes.push(`early_terminate '${type}' is not known and left out.`);
    return undefined;
  }
  const reduction = Math.max(2, Math.round(eta));
  if (reduction !== eta) notes.push(`early_terminate.eta ${eta} became ${reduction}.`);
  return { type: 'hyperband', reduction, ...(least === undefined ? {} : { minEpochs: least }) };
}
