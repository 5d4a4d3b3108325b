// From the text of a study.json to a study that can be trusted: every problem is reported, not the first alone.
import { z } from 'zod';
import { HpoError, messageOf } from '../errors.js';
import type { Objective } from '../objective.js';
import type { PrunerOptions } from '../pruner-options.js';
import type { Domain, Domains, FloatDomain } from '../parameters.js';
import { SearchSpace } from '../space.js';
import { valueAt, valueCount } from '../space/unit.js';
import { strategyProblems } from './augmentation-schema.js';
import { type BackboneConfiguration, backboneName, backboneProblems } from './backbone-schema.js';
import { commandProblems } from './command-problems.js';
import { domainSchema } from './domain-schema.js';
import { labelProblems } from './label-problems.js';
import { parseLimitedJson } from './limited-json.js';
import { type Problem, formatProblem, problemsOf, show } from './problems.js';
import { adaptationProblems } from './adaptation-problems.js';
import { searchProblems } from './search-problems.js';
import { type StudyFile, studySchema } from './study-schema.js';
import { isCommand } from './trainer-schema.js';
import { TRAINING_DEFAULTS, type TrainingConfiguration, isTrainingField, trainingFields } from './training-schema.js';
import { counted } from '../../system/format.js';
import { hint } from '../../system/nearest.js';

/** A validated study file with every default filled in; paths are as written. */
export interface StudyDefinition extends Omit<
  StudyFile,
  '$schema' | 'name' | 'space' | 'training' | 'objective' | 'pruner'
> {
  readonly name: string;
  readonly space: Domains;
  /** Fields that are not in the space, defaults included. */
  readonly training: Partial<TrainingConfiguration>;
  /** UNNAMED_PRUNER itself where the file names none; `settleDefaults` says which one it is then. */
  readonly pruner: PrunerOptions;
  readonly objective: Objective & { readonly positiveClass?: string | undefined };
}

/** That of a study whose file names none, by its identity; of another trainer's it stays. */
export const UNNAMED_PRUNER: PrunerOptions = { type: 'median' };

/**
 * Parses and checks the text of a study file.
 * @param place how messages call the file, such as its path.
 * @param defaultName the study's name where the file gives none.
 * @throws HpoError ERR_STUDY_INVALID that lists every problem with path, expected and found.
 */
export function parseStudy(text: string, place: string, defaultName: string): StudyDefinition {
  const input = jsonOf(text, place);
  const parsed = studySchema.safeParse(input);
  if (!parsed.success) {
    throw invalid(place, [...problemsOf(parsed.error.issues, input, studySchema), ...spaceProblems(salvage(input))]);
  }
  const file = parsed.data;
  const problems = [
    ...trainerProblems(file),
    ...spaceProblems(partsOf(file)),
    ...adaptationProblems(file),
    ...searchProblems(file),
    ...labelProblems(file),
  ];
  if (problems.length > 0) throw invalid(place, problems);
  const { $schema: _, ...rest } = file;
  const { name = defaultName, trainer, backbone = {}, pruner = UNNAMED_PRUNER } = file;
  const built = trainer === undefined ? { backbone: named(backbone) } : {};
  return { ...rest, ...built, name, pruner, space: file.space as Domains, training: resolveTraining(file) };
}

/** A model file without a name has its own. */
function named(backbone: BackboneConfiguration): BackboneConfiguration {
  const name = backboneName(backbone);
  return name === undefined ? backbone : { ...backbone, name };
}

/** What of a file with problems can still be checked: the domains that are valid by themselves. */
function salvage(input: unknown): CheckedParts {
  const file = isObject(input) ? input : {};
  const space = Object.entries(isObject(file['space']) ? file['space'] : {}).flatMap(([name, value]) => {
    const domain = domainSchema.safeParse(value);
    return domain.success ? [[name, domain.data as Domain] as const] : [];
  });
  const training = isObject(file['training']) ? file['training'] : {};
  const augmentations = isObject(file['augmentations']) ? file['augmentations'] : {};
  return { space: Object.fromEntries(space), training, augmentations, trainer: file['trainer'], whole: false };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonOf(text: string, place: string): unknown {
  try {
    return parseLimitedJson(text);
  } catch (error) {
    throw new HpoError('ERR_STUDY_INVALID', `${place}: ${messageOf(error)}`, { cause: error });
  }
}

function invalid(place: string, problems: readonly Problem[]): HpoError {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  const count = counted(problems.length, 'problem');
  return new HpoError('ERR_STUDY_INVALID', [`${place}: ${count}`, ...lines].join('\n'));
}

/** The built-in trainer needs images and a backbone; one's own takes neither. */
function trainerProblems(file: StudyFile): Problem[] {
  if (file.trainer === undefined) {
    const expected = 'an object (or your own trainer)';
    return [
      ...(file.data === undefined ? [{ path: 'data', expected, found: 'nothing' }] : []),
      ...backboneProblems(file.backbone, file.space['backbone'] as Domain | undefined),
      ...baselineProblems(file),
    ];
  }
  const { trainer } = file;
  const unused = isCommand(trainer)
    ? 'trainer.command does not use it (use trainer.command or trainer.env)'
    : 'trainer.module does not use it (use trainer.settings)';
  const fields = (['data', 'backbone', 'augmentations', 'baseline'] as const)
    .filter((key) => file[key] !== undefined)
    .map((path) => ({ path, expected: `no value, because ${unused}`, found: show(file[path]) }));
  return isCommand(trainer) ? [...fields, ...commandProblems(trainer, partsOf(file).space)] : fields;
}

function baselineProblems({ baseline = false, backbone }: StudyFile): Problem[] {
  if (baseline === false || backbone?.weights !== 'random') return [];
  const expected = 'no baseline, because every trial starts from random weights';
  return [{ path: 'baseline', expected, found: show(baseline) }];
}

interface CheckedParts {
  readonly space: Domains;
  readonly training: Readonly<Record<string, unknown>>;
  readonly augmentations: Readonly<Record<string, unknown>>;
  readonly trainer: unknown;
  /** Whether all of the space is here, so that references within it can be checked. */
  readonly whole: boolean;
}

function spaceProblems(file: CheckedParts): Problem[] {
  const structural = file.whole ? structuralProblems(file.space) : [];
  if (file.trainer !== undefined) return structural;
  const fields = Object.entries(file.space).flatMap(([name, domain]) => fieldProblems(file, name, domain));
  return [...structural, ...fields, ...strategyProblems(file)];
}

/** Conditions that refer to nothing or go in circles; the space itself checks them. */
function structuralProblems(domains: Domains): Problem[] {
  try {
    new SearchSpace(domains);
    return [];
  } catch (error) {
    return [{ path: 'space', expected: 'conditions that fit together', found: `others (${messageOf(error)})` }];
  }
}

function partsOf(file: StudyFile): CheckedParts {
  const { training, trainer, augmentations = {} } = file;
  return { space: file.space as Domains, training, augmentations, trainer, whole: true };
}

function fieldProblems(file: CheckedParts, name: string, domain: Domain): Problem[] {
  const path = `space.${name}`;
  if (name === 'backbone') return [];
  if (!isTrainingField(name)) {
    const names = ['backbone', ...Object.keys(trainingFields)];
    return [{ path, expected: `one of ${names.join(', ')}`, found: `'${name}'${hint(name, names)}` }];
  }
  const both: Problem[] =
    file.training[name] === undefined
      ? []
      : [
          {
            path: `training.${name}`,
            expected: `no value, because ${path} already searches it`,
            found: show(file.training[name]),
          },
        ];
  return [...both, ...domainProblems(path, trainingFields[name], domain)];
}

/** Values of the domain that the field does not accept. A field accepts a range of numbers, a range of integers, or listed values. */
function domainProblems(path: string, field: z.ZodType, domain: Domain): Problem[] {
  if (domain.type === 'choice') {
    return domain.values.flatMap((value, i) => valueProblems(`${path}.values[${i}]`, field, value));
  }
  const ends = [...valueProblems(`${path}.min`, field, domain.min), ...valueProblems(`${path}.max`, field, domain.max)];
  if (ends.length > 0 || domain.type === 'int' || field.safeParse(inside(domain)).success) return ends;
  return [{ path: `${path}.type`, expected: `'int' (this field takes integers)`, found: `'float'` }];
}

/** A value inside the range; it is an integer only if all values are. */
function inside(domain: FloatDomain): number {
  if (domain.step !== undefined) return Number(valueAt(domain, Math.min(1, valueCount(domain) - 1)));
  return domain.min + (domain.max - domain.min) * GOLDEN_RATIO;
}

/** Divides no range between integers at an integer. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

function valueProblems(path: string, field: z.ZodType, value: unknown): Problem[] {
  const parsed = field.safeParse(value);
  return parsed.success ? [] : problemsOf(parsed.error.issues, value).map((problem) => ({ ...problem, path }));
}

function resolveTraining(file: StudyFile): Partial<TrainingConfiguration> {
  if (file.trainer !== undefined) return {};
  const searched = new Set(Object.keys(file.space));
  const entries = Object.entries({ ...TRAINING_DEFAULTS, ...file.training }).filter(([name]) => !searched.has(name));
  return Object.fromEntries(entries);
}

/** JSON Schema (draft 2020-12) of study.json, for editors. */
export function studyJsonSchema(): unknown {
  const schema = z.toJSONSchema(studySchema, { io: 'input', target: 'draft-2020-12' });
  return {
    ...schema,
    title: 'hpo study',
    description: 'A hyperparameter search over the fine-tuning of a pre-trained CNN.',
  };
}
