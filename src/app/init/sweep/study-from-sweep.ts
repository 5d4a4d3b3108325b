// A Weights & Biases sweep configuration as the beginning of a study.json. Takes the parsed YAML or JSON.
import { z } from 'zod';
import { HpoError, messageOf } from '../../../study/errors.js';
import { checkNames } from '../../../study/schema/limited-json.js';
import { formatProblem, problemsOf } from '../../../study/schema/problems.js';
import { isTrainingField } from '../../../study/schema/training-schema.js';
import { ownValue } from '../../../system/own.js';
import { directionOf } from '../../../metrics/metric-names.js';
import { parameterSchema, sweptAs } from './sweep-domain.js';
import { trainerCommand, wantsJson } from './sweep-command.js';
import { fitted } from './sweep-field.js';
import { fieldOf, metricOf } from './sweep-names.js';

export interface SweptStudy {
  /** The parts of a study.json that the sweep speaks of; data and backbone are the user's to add. */
  readonly study: {
    readonly name?: string;
    readonly space: Readonly<Record<string, object>>;
    readonly training?: Readonly<Record<string, unknown>>;
    /** The sweep's own program, where it is kept. */
    readonly trainer?: { readonly command: readonly string[] };
    readonly search: object;
    readonly pruner?: object;
    readonly objective?: object;
  };
  /** What could not be taken over, or was taken to mean something, each in a sentence. */
  readonly notes: readonly string[];
}

/** How the file writes what stands at a path. */
export interface SweepText {
  /** Counted from 1; undefined where the path is not in the file. */
  lineOf(path: readonly string[]): number | undefined;
  /** Whether a number is written as a float: 1.0, not 1. */
  isFloat(path: readonly string[]): boolean;
}

const NO_TEXT: SweepText = { lineOf: () => undefined, isFloat: () => false };

/** Parts of a sweep, each checked by itself, so that a fault in one leaves the others. */
const PARTS = {
  name: z.string().min(1),
  program: z.string().min(1),
  command: z.array(z.union([z.string(), z.number()]).transform(String)).min(1),
  method: z.string(),
  metric: z.looseObject({ name: z.string().min(1), goal: z.enum(['maximize', 'minimize']).default('minimize') }),
  run_cap: z.int().min(1),
  early_terminate: z.looseObject({
    type: z.string(),
    min_iter: z.int().min(1).optional(),
    max_iter: z.int().min(1).optional(),
    s: z.int().min(1).optional(),
    eta: z.number().gt(1).optional(),
  }),
};

type Part = keyof typeof PARTS;
type EarlyTerminate = z.output<(typeof PARTS)['early_terminate']>;

const METHODS: Readonly<Record<string, string>> = { bayes: 'bayesian', random: 'random', grid: 'grid' };

/** Of a sweep that keeps its program. */
export interface KeptProgram {
  /** What `${interpreter}` stands for. */
  readonly interpreter: string;
}

/** Whether it says what to run. */
export function hasProgram(sweep: unknown): boolean {
  return typeof sweep === 'object' && sweep !== null && ('program' in sweep || 'command' in sweep);
}

/**
 * @param kept given where the sweep's program is to train; else the built-in trainer takes its place.
 * @param text how messages find the lines of the file, where there is one.
 * @throws HpoError ERR_USAGE where it is no sweep at all: no object with parameters.
 */
export function studyFromSweep(sweep: unknown, text: SweepText = NO_TEXT, kept?: KeptProgram): SweptStudy {
  const shape = z.looseObject({ parameters: z.record(z.string(), z.unknown()) }).safeParse(sweep);
  if (!shape.success) {
    const problems = problemsOf(shape.error.issues, sweep).map((problem) => `\n  ${formatProblem(problem)}`);
    throw new HpoError('ERR_USAGE', `expected a sweep configuration, but${problems.join('')}`);
  }
  try {
    checkNames(sweep);
  } catch (cause) {
    throw new HpoError('ERR_USAGE', `expected a sweep configuration, but ${messageOf(cause)}`, { cause });
  }
  const reader = new SweepReader(shape.data, text);
  return kept === undefined ? reader.read() : reader.readWithProgram(kept);
}

class SweepReader {
  private readonly notes: string[] = [];

  constructor(
    private readonly sweep: Readonly<Record<string, unknown>> & {
      readonly parameters: Readonly<Record<string, unknown>>;
    },
    private readonly text: SweepText,
  ) {}

  /** For the built-in trainer. */
  read(): SweptStudy {
    const { space, training } = this.parameters();
    const program = this.part('program');
    if (program !== undefined) {
      this.note(['program'], `program '${program}' is left out: the built-in trainer replaces it.`);
    }
    if (this.part('command') !== undefined) {
      this.note(['command'], 'command is left out: the built-in trainer replaces it.');
    }
    return this.withSearch({ space, training }, this.objective());
  }

  /** For the sweep's own program. */
  readWithProgram({ interpreter }: KeptProgram): SweptStudy {
    const [program, command] = [this.part('program'), this.part('command')];
    const { space, constants } = this.ownParameters(wantsJson(command));
    const swept = { program, command, interpreter, searched: Object.keys(space), constants };
    const trainer = { command: trainerCommand(swept, (remark) => this.note(['command'], `command ${remark}`)) };
    const metric = this.part('metric');
    if (metric === undefined) {
      this.notes.push("objective.metric is 'loss': change it to a metric that the program reports.");
    }
    const { name, goal } = metric ?? { name: 'loss', goal: 'minimize' };
    this.notes.push(
      'The program has to print a line of JSON after each epoch, such as {"epoch": 1, "metrics": {"' +
        `${name}": 0.5}}: see "A program in any language" in docs/own-trainer.md.`,
    );
    return this.withSearch({ trainer, space }, { metric: name, direction: goal });
  }

  /** With what sweeps of both kinds say in the same way. */
  private withSearch(
    parts: Pick<SweptStudy['study'], 'trainer' | 'space' | 'training'>,
    objective?: object,
  ): SweptStudy {
    const name = this.part('name');
    const method = this.part('method') ?? 'bayes';
    const strategy = ownValue(METHODS, method);
    if (strategy === undefined) this.note(['method'], `method '${method}' is not known; search.strategy is bayesian.`);
    const trials = this.part('run_cap');
    const early = this.part('early_terminate');
    const pruner = early === undefined ? undefined : this.pruner(early);
    this.nameOthers([], this.sweep, [...Object.keys(PARTS), 'parameters']);
    return {
      study: {
        ...(name === undefined ? {} : { name }),
        ...parts,
        search: { strategy: strategy ?? 'bayesian', ...(trials === undefined ? {} : { trials }) },
        ...(pruner === undefined ? {} : { pruner }),
        ...(objective === undefined ? {} : { objective }),
      },
      notes: this.notes,
    };
  }

  private note(path: readonly string[], sentence: string): void {
    const line = this.text.lineOf(path);
    this.notes.push(line === undefined ? sentence : `line ${line}: ${sentence}`);
  }

  /** A part that is there and of its shape; one of another shape is left out and named. */
  private part<P extends Part>(name: P): z.output<(typeof PARTS)[P]> | undefined {
    const value = this.sweep[name];
    if (value === undefined || value === null) return undefined;
    const parsed = PARTS[name].safeParse(value);
    if (parsed.success) return parsed.data as z.output<(typeof PARTS)[P]>;
    const problems = problemsOf(parsed.error.issues, value).map((problem) =>
      formatProblem({ ...problem, path: problem.path === '' ? name : `${name}.${problem.path}` }),
    );
    this.note([name], `${name} is left out: ${problems.join('; ')}.`);
    return undefined;
  }

  /** Fields that nothing here reads. */
  private nameOthers(
    path: readonly string[],
    value: Readonly<Record<string, unknown>>,
    known: readonly string[],
  ): void {
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        this.note([...path, key], `${[...path, key].join('.')} is left out: it has no counterpart.`);
    }
  }

  private parameters() {
    const space: Record<string, object> = {};
    const training: Record<string, unknown> = {};
    for (const [path, value] of flattened(['parameters'], this.sweep.parameters)) {
      const name = path.filter((_, i) => i % 2 === 1).join('.');
      const note = (remark: string): void => this.note(path, `parameter '${name}' ${remark}`);
      const field = fieldOf(name);
      const parsed = parameterSchema.safeParse(value);
      if (field === undefined || !isTrainingField(field)) {
        note('is left out: the trainer has no such field.');
      } else if (field in space || field in training) {
        note(`is left out: ${field} is already set.`);
      } else if (!parsed.success) {
        note(`is left out: ${problemsOf(parsed.error.issues, value).map(formatProblem).join('; ')}.`);
      } else {
        const isFloat = (bound: string): boolean => this.text.isFloat([...path, bound]);
        const swept = fitted(field, sweptAs(parsed.data, isFloat, note), note);
        if (swept.type === 'none') continue;
        if (field !== name) note(`became ${field}.`);
        if (swept.type === 'constant') training[field] = swept.value;
        else space[field] = swept;
      }
    }
    return { space, training };
  }

  /** Parameters of a program, by their own names. @param isJson whether constants have to be parameters as well. */
  private ownParameters(isJson: boolean) {
    const space: Record<string, object> = {};
    const constants: Record<string, string | number | boolean> = {};
    for (const [path, value] of flattened(['parameters'], this.sweep.parameters)) {
      const name = path.filter((_, i) => i % 2 === 1).join('.');
      const note = (remark: string): void => this.note(path, `parameter '${name}' ${remark}`);
      const parsed = parameterSchema.safeParse(value);
      if (!parsed.success) {
        note(`is left out: ${problemsOf(parsed.error.issues, value).map(formatProblem).join('; ')}.`);
        continue;
      }
      const swept = sweptAs(parsed.data, (bound) => this.text.isFloat([...path, bound]), note);
      if (swept.type === 'none') continue;
      if (swept.type !== 'constant') space[name] = swept;
      else if (isJson) space[name] = { type: 'choice', values: [swept.value] };
      else constants[name] = swept.value;
    }
    return { space, constants };
  }

  private objective(): object | undefined {
    const wanted = this.part('metric');
    if (wanted === undefined) return undefined;
    const { name, goal } = wanted;
    const metric = metricOf(name);
    if (metric === undefined) {
      this.note(['metric'], `metric '${name}' is left out: the trainer has no metric of that name.`);
      return undefined;
    }
    if (metric !== name) this.note(['metric'], `metric '${name}' became ${metric}.`);
    const direction = directionOf(metric);
    if (direction !== goal) {
      this.note(['metric', 'goal'], `metric.goal '${goal}' became ${direction}, the direction of ${metric}.`);
    }
    return { metric, direction };
  }

  private pruner(early: EarlyTerminate): object | undefined {
    const { type, min_iter: least, max_iter: most, s: brackets, eta = 3 } = early;
    if (type !== 'hyperband') {
      this.note(['early_terminate'], `early_terminate '${type}' is not known and left out.`);
      return undefined;
    }
    const reduction = Math.max(2, Math.round(eta));
    if (reduction !== eta) this.note(['early_terminate', 'eta'], `early_terminate.eta ${eta} became ${reduction}.`);
    // With max_iter and s the first of s brackets ends at max_iter / eta^s (the W&B reference, "Hyperband stopping algorithm").
    const first = least ?? (most === undefined ? undefined : Math.max(1, Math.round(most / eta ** (brackets ?? 1))));
    if (least === undefined && first !== undefined) {
      const from = brackets === undefined ? 'max_iter' : 'max_iter and s';
      this.note(['early_terminate'], `early_terminate.${from} became pruner.minEpochs ${first}.`);
    } else if (least !== undefined && (most !== undefined || brackets !== undefined)) {
      const unused = ['max_iter', 's'].filter((key) => key in early).join(' and ');
      this.note(['early_terminate'], `early_terminate.${unused} is left out, because min_iter is set.`);
    }
    this.nameOthers(['early_terminate'], early, ['type', 'min_iter', 'max_iter', 's', 'eta']);
    return { type: 'hyperband', reduction, ...(first === undefined ? {} : { minEpochs: first }) };
  }
}

/** Nested parameters by their path in the file: parameters, optimizer, parameters, lr. */
function* flattened(
  base: readonly string[],
  parameters: Readonly<Record<string, unknown>>,
): Generator<readonly [readonly string[], unknown]> {
  for (const [name, parameter] of Object.entries(parameters)) {
    const path = [...base, name];
    const nested = z.looseObject({ parameters: z.record(z.string(), z.unknown()) }).safeParse(parameter);
    if (nested.success) yield* flattened([...path, 'parameters'], nested.data.parameters);
    else yield [path, parameter];
  }
}
