// A Weights & Biases sweep configuration as the beginning of a study.json. Takes the parsed YAML or JSON.
import { z } from 'zod';
import { HpoError } from '../../../study/errors.js';
import { formatProblem, problemsOf } from '../../../study/schema/problems.js';
import { directionOf } from '../../../metrics/metric-names.js';
import { parameterSchema, sweptAs } from './sweep-domain.js';
import { fieldOf, metricOf } from './sweep-names.js';

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

const sweepSchema = z.looseObject({
  name: z.string().optional(),
  program: z.string().optional(),
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

type Sweep = z.output<typeof sweepSchema>;

const METHODS: Readonly<Record<string, string>> = { bayes: 'bayesian', random: 'random', grid: 'grid' };

/** @throws HpoError ERR_USAGE that names everything that keeps it from being a sweep. */
export function studyFromSweep(sweep: unknown): SweptStudy {
  const {
    name,
    program,
    method,
    metric,
    parameters,
    early_terminate: early,
    run_cap: trials,
  } = parse(sweepSchema, sweep);
  const notes: string[] = [];
  if (program !== undefined) notes.push(`program '${program}' is left out: the built-in trainer takes its place.`);
  const { space, training } = convertParameters(parameters, notes);
  const strategy = METHODS[method];
  if (strategy === undefined) notes.push(`method '${method}' is not known; search.strategy is bayesian.`);
  const pruner = early === undefined ? undefined : convertPruner(early, notes);
  const objective = metric === undefined ? undefined : convertMetric(metric, notes);
  return {
    study: {
      ...(name === undefined ? {} : { name }),
      space,
      training,
      search: { strategy: strategy ?? 'bayesian', ...(trials === undefined ? {} : { trials }) },
      ...(pruner === undefined ? {} : { pruner }),
      ...(objective === undefined ? {} : { objective }),
    },
    notes,
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, place = ''): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues, value).map((problem) => `\n  ${place}${formatProblem(problem)}`);
  throw new HpoError('ERR_USAGE', `expected a sweep configuration, but${problems.join('')}`);
}

function convertParameters(parameters: Sweep['parameters'], notes: string[]) {
  const space: Record<string, object> = {};
  const training: Record<string, unknown> = {};
  for (const [name, parameter] of flattened(parameters, '')) {
    const field = fieldOf(name);
    if (field === undefined) {
      notes.push(`parameter '${name}' is left out: the trainer has no such field.`);
    } else if (field in space || field in training) {
      notes.push(`parameter '${name}' is left out: ${field} is there already.`);
    } else {
      const swept = sweptAs(name, parameter, notes);
      if (swept.type === 'none') continue;
      if (field !== name) notes.push(`parameter '${name}' became ${field}.`);
      if (swept.type === 'constant') training[field] = swept.value;
      else space[field] = swept.domain;
    }
  }
  return { space, training };
}

/** Nested parameters by their path, `optimizer.lr`. */
function* flattened(parameters: Sweep['parameters'], prefix: string): Generator<[string, Sweep['parameters'][string]]> {
  for (const [name, parameter] of Object.entries(parameters)) {
    const path = `${prefix}${name}`;
    if (parameter.parameters === undefined) yield [path, parameter];
    else yield* flattened(parse(z.record(z.string(), parameterSchema), parameter.parameters, `${path}.`), `${path}.`);
  }
}

function convertMetric({ name, goal }: NonNullable<Sweep['metric']>, notes: string[]): object | undefined {
  const metric = metricOf(name);
  if (metric === undefined) {
    notes.push(`metric '${name}' is left out: the trainer reports none of that name.`);
    return undefined;
  }
  if (metric !== name) notes.push(`metric '${name}' became ${metric}.`);
  const direction = directionOf(metric);
  if (direction !== goal) notes.push(`metric.goal '${goal}' became ${direction}: ${metric} is better so.`);
  return { metric, direction };
}

function convertPruner({ type, min_iter: least, eta = 3 }: NonNullable<Sweep['early_terminate']>, notes: string[]) {
  if (type !== 'hyperband') {
    notes.push(`early_terminate '${type}' is not known and left out.`);
    return undefined;
  }
  const reduction = Math.max(2, Math.round(eta));
  if (reduction !== eta) notes.push(`early_terminate.eta ${eta} became ${reduction}.`);
  return { type: 'hyperband', reduction, ...(least === undefined ? {} : { minEpochs: least }) };
}
