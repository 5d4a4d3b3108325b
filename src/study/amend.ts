// A study that changed since its journal began: what can be extended, and what would make the trials incomparable.
import type { ImagesRecord, StudyRecord } from './events.js';
import { differences, same, spell } from './differences.js';
import type { Domain } from './parameters.js';
import type { StudyDefinition } from './schema/parse-study.js';
import { isOnStep, stepOf } from './space/unit.js';
import { recordedDefinition } from './schema/recorded-definition.js';
import { type OwnTrainer, isCommand } from './schema/trainer-schema.js';
import { TRAINING_DEFAULTS, type TrainingField } from './schema/training-schema.js';
import { ownValue } from '../system/own.js';

export interface DefinitionChanges {
  /** Extensions, in words: "search.trials: 20 → 40". */
  readonly changes: readonly string[];
  /** What cannot change within a study, each with its reason. */
  readonly refusals: readonly string[];
}

/** Compares what a journal began with, as last amended, to what is there now: the study file, its images, its weights. */
export function compareRecords(before: StudyRecord, after: StudyRecord): DefinitionChanges {
  // As the journal spells it.
  const definition = recordedDefinition.parse(JSON.parse(JSON.stringify(after.definition)));
  const images = compareImages(before.images, after.images);
  const weights = compareWeights(before, after);
  const { changes, refusals } = compareDefinitions(before.definition, definition, {
    images: before.images !== undefined && images.length === 0,
    weights: before.weights !== undefined && weights.length === 0,
  });
  return { changes: [...changes, ...compareEngines(before, after)], refusals: [...refusals, ...images, ...weights] };
}

/** What is known, by digests, to be as it was or will still be compared: where it lies is then of no account. */
interface SameContents {
  readonly images: boolean;
  readonly weights: boolean;
}

const IMAGE_PLACES = /^data\.((target\.)?(train|validation|test|unlabelled)|folder|maxCorruptShare)$/;
/** No trial depends on them. */
const SLICES = /^data\.slices$/;
const WEIGHT_PLACES = /^backbone\.weights(\.|$)/;

function compareImages(before: ImagesRecord | undefined, after: ImagesRecord | undefined): string[] {
  if (before === undefined || after === undefined || before.digest === after.digest) return [];
  // Earlier versions kept names as the file system spelled them.
  const composed = ({ classes }: ImagesRecord): string[] => classes.map((name) => name.normalize('NFC'));
  if (!same(composed(before), composed(after))) {
    return [`classes: ${before.classes.join(', ')} → ${after.classes.join(', ')}: metrics would mean something else`];
  }
  const lines = (['train', 'validation', 'test'] as const).flatMap((split) =>
    before.classes.flatMap((name, i) => {
      const [old, now] = [before.counts[split][i], after.counts[split][i]];
      return old === now ? [] : [`${split} images of ${name}: ${old} → ${now}: finished trials saw the old ones`];
    }),
  );
  if (lines.length > 0) return lines;
  const others = Object.entries({ ...before.target, ...after.target }).flatMap(([name]) => {
    const [old = 0, now = 0] = [countOf(before, name), countOf(after, name)];
    return old === now ? [] : [`target ${name} images: ${old} → ${now}: finished trials saw the old ones`];
  });
  if (others.length > 0) return others;
  return ['images: the same number, but other names or contents: finished trials saw the old ones'];
}

function countOf({ target }: ImagesRecord, name: string): number | undefined {
  return target === undefined ? undefined : ownValue(target, name);
}

function compareEngines({ engine: before }: StudyRecord, { engine: after }: StudyRecord): string[] {
  return before === undefined || after === undefined || before === after ? [] : [`engine: ${before} → ${after}`];
}

function compareWeights({ weights: before }: StudyRecord, { weights: after }: StudyRecord): string[] {
  if (before === undefined || after === undefined) return [];
  // One digest, or `name=digest` for each backbone of a choice, which can be added to.
  const now = after.split(' ');
  if (before.split(' ').every((digest) => now.includes(digest))) return [];
  return ["backbone.weights: the file's content differs: finished trials started from the old one"];
}

/** Compares the definition that a journal began with, as last amended, to the file as it is now. */
export function compareDefinitions(
  recorded: StudyDefinition,
  after: StudyDefinition,
  contents: SameContents = { images: false, weights: false },
): DefinitionChanges {
  const before = withLaterFields(recorded, after);
  const changes: string[] = [];
  const refusals: string[] = [];
  compareSpaces(before, after, changes, refusals);
  compareSearch(before.search, after.search, changes, refusals);
  compareStrategies(before, after, changes, refusals);
  changes.push(...startChanges(before.trainer, after.trainer));
  changes.push(...differences('baseline', before.baseline, after.baseline));
  // A name is a label; without one in the file it is that of the folder, which may be renamed.
  changes.push(...differences('name', before.name, after.name));
  for (const key of ['data', 'backbone', 'trainer', 'training', 'objective', 'pruner', 'validation'] as const) {
    const now = key === 'backbone' ? withoutAddedWeights(before.backbone, after.backbone) : after[key];
    const then = key === 'trainer' ? startedAs(before.trainer, after.trainer) : before[key];
    for (const difference of differences(key, then, now)) {
      const [path = ''] = difference.split(': ', 1);
      const moved =
        SLICES.test(path) ||
        (contents.images && IMAGE_PLACES.test(path)) ||
        (contents.weights && WEIGHT_PLACES.test(path));
      if (moved) changes.push(difference);
      else if (!isSearched(path, before, after)) {
        refusals.push(`${difference}: finished trials used the old value`);
      }
    }
  }
  return { changes, refusals };
}

/** A study that began before a training field existed was trained as by the field's default. */
function withLaterFields(before: StudyDefinition, { training }: StudyDefinition): StudyDefinition {
  const later = Object.keys(training).filter(
    (name) => !Object.hasOwn(before.training, name) && !Object.hasOwn(before.space, name),
  );
  const defaults = Object.fromEntries(later.map((name) => [name, TRAINING_DEFAULTS[name as TrainingField]]));
  return { ...before, training: { ...before.training, ...defaults } };
}

/** Where the program of a command lies, and how long it may take to end, are this machine's affair. */
function startedAs(before: OwnTrainer | undefined, after: OwnTrainer | undefined): OwnTrainer | undefined {
  if (!isCommand(before) || !isCommand(after)) return before;
  const [program] = after.command;
  return {
    ...before,
    command: [...(program === undefined ? [] : [program]), ...before.command.slice(1)],
    grace: after.grace,
  };
}

function startChanges(before: OwnTrainer | undefined, after: OwnTrainer | undefined): string[] {
  if (!isCommand(before) || !isCommand(after)) return [];
  return [
    ...differences('trainer.command[0]', before.command[0], after.command[0]),
    ...differences('trainer.grace', before.grace, after.grace),
  ];
}

/** Whether it is a training field that one of the two searches: the space's own line tells of it. */
function isSearched(path: string, before: StudyDefinition, after: StudyDefinition): boolean {
  const name = /^training\.(\w+)$/.exec(path)?.[1];
  return name !== undefined && (Object.hasOwn(before.space, name) || Object.hasOwn(after.space, name));
}

/** The backbone as it is now, without the weights of backbones that have been added to the choice. */
function withoutAddedWeights(
  before: StudyDefinition['backbone'],
  after: StudyDefinition['backbone'],
): StudyDefinition['backbone'] {
  const old = before?.weights;
  const now = after?.weights;
  if (typeof old !== 'object' || typeof now !== 'object') return after;
  return { ...after, weights: Object.fromEntries(Object.entries(now).filter(([name]) => Object.hasOwn(old, name))) };
}

function compareSpaces(before: StudyDefinition, after: StudyDefinition, changes: string[], refusals: string[]): void {
  for (const name of Object.keys(after.space)) {
    if (ownValue(before.space, name) === undefined)
      refusals.push(`space.${name} is new: finished trials have no value for it`);
  }
  for (const [name, old] of Object.entries(before.space)) {
    const domain = ownValue(after.space, name);
    if (domain === undefined) {
      refusals.push(`space.${name} was removed: finished trials have different values of it`);
    } else if (!same(old, domain)) {
      const wider = isWider(old, domain);
      const line = `space.${name}: ${describe(old)} → ${describe(domain)}`;
      if (wider) changes.push(line);
      else
        refusals.push(
          `${line}: a domain can be widened, but not narrowed, rescaled or reordered, and its condition cannot change`,
        );
    }
  }
}

/** Every old value is still a value, on the same scale and under the same condition. */
function isWider(old: Domain, domain: Domain): boolean {
  if (old.type !== domain.type || !same(old.when, domain.when)) return false;
  if (old.type === 'choice' && domain.type === 'choice') {
    const kept = domain.values.filter((value) => old.values.includes(value));
    return old.ordinal === domain.ordinal && same(kept, old.values);
  }
  if (old.type === 'choice' || domain.type === 'choice') return false;
  if (old.scale !== domain.scale || domain.min > old.min || domain.max < old.max) return false;
  // Between the old values others may come, but each old one stays.
  const step = stepOf(domain);
  return step === 0 || (stepOf(old) > 0 && isOnStep({ ...domain, min: 0 }, stepOf(old)) && isOnStep(domain, old.min));
}

function compareSearch(
  before: StudyDefinition['search'],
  after: StudyDefinition['search'],
  changes: string[],
  refusals: string[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof typeof before>) {
    if (same(before[key], after[key])) continue;
    const line = `search.${key}: ${spell(before[key])} → ${spell(after[key])}`;
    if (key === 'seed') refusals.push(`${line}: everything random in the finished trials follows from the seed`);
    else changes.push(line);
  }
}

/** A new strategy extends a study; one that finished trials may have used stays as it is. */
function compareStrategies(
  { augmentations: before = {} }: StudyDefinition,
  { augmentations: after = {} }: StudyDefinition,
  changes: string[],
  refusals: string[],
): void {
  for (const name of Object.keys(after)) if (!Object.hasOwn(before, name)) changes.push(`augmentations.${name} is new`);
  for (const [name, old] of Object.entries(before)) {
    for (const difference of differences(`augmentations.${name}`, old, after[name])) {
      refusals.push(`${difference}: finished trials saw images of the old strategy`);
    }
  }
}

function describe(domain: Domain): string {
  const when = domain.when === undefined ? '' : ` when ${JSON.stringify(domain.when)}`;
  if (domain.type === 'choice') return `${JSON.stringify(domain.values)}${when}`;
  return `${domain.type} ${domain.min} … ${domain.max}${domain.step === undefined ? '' : ` in steps of ${domain.step}`}${domain.scale === 'log' ? ' (log)' : ''}${when}`;
}
