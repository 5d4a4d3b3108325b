// A study that changed since its journal began: what can be extended, and what would make the trials incomparable.
import type { ImagesRecord, StudyRecord } from './events.js';
import type { Domain } from './parameters.js';
import type { StudyDefinition } from './schema/parse-study.js';

export interface DefinitionChanges {
  /** Extensions, in words: "search.trials: 20 → 40". */
  readonly changes: readonly string[];
  /** What cannot change within a study, each with its reason. */
  readonly refusals: readonly string[];
}

/** Compares what a journal began with, as last amended, to what is there now: the study file, its images, its weights. */
export function compareRecords(before: StudyRecord, after: StudyRecord): DefinitionChanges {
  // As the journal spells it.
  const definition = JSON.parse(JSON.stringify(after.definition)) as StudyDefinition;
  const { changes, refusals } = compareDefinitions(before.definition as StudyDefinition, definition);
  return {
    changes,
    refusals: [...refusals, ...compareImages(before.images, after.images), ...compareWeights(before, after)],
  };
}

function compareImages(before: ImagesRecord | undefined, after: ImagesRecord | undefined): string[] {
  if (before === undefined || after === undefined || before.digest === after.digest) return [];
  if (!same(before.classes, after.classes)) {
    return [`classes: ${before.classes.join(', ')} → ${after.classes.join(', ')}: metrics would mean something else`];
  }
  const lines = (['train', 'validation', 'test'] as const).flatMap((split) =>
    before.classes.flatMap((name, i) => {
      const [old, now] = [before.counts[split][i], after.counts[split][i]];
      return old === now ? [] : [`${split} images of ${name}: ${old} → ${now}: finished trials saw the old ones`];
    }),
  );
  if (lines.length > 0) return lines;
  return ['images: as many as before, but names or contents differ: finished trials saw the old ones'];
}

function compareWeights({ weights: before }: StudyRecord, { weights: after }: StudyRecord): string[] {
  if (before === undefined || after === undefined) return [];
  // One digest, or `name=digest` for each backbone of a choice, which can be added to.
  const now = after.split(' ');
  if (before.split(' ').every((digest) => now.includes(digest))) return [];
  return ["backbone.weights: the file's content differs: finished trials started from the old one"];
}

/** Compares the definition that a journal began with, as last amended, to the file as it is now. */
export function compareDefinitions(before: StudyDefinition, after: StudyDefinition): DefinitionChanges {
  const changes: string[] = [];
  const refusals: string[] = [];
  compareSpaces(before, after, changes, refusals);
  compareSearch(before.search, after.search, changes, refusals);
  compareStrategies(before, after, changes, refusals);
  changes.push(...differences('baseline', before.baseline, after.baseline));
  const fixed = ['name', 'data', 'backbone', 'trainer', 'training', 'objective', 'pruner'] as const;
  for (const key of fixed) {
    const now = key === 'backbone' ? withoutAddedWeights(before.backbone, after.backbone) : after[key];
    for (const difference of differences(key, before[key], now)) {
      refusals.push(`${difference}: finished trials were trained or judged with the old value`);
    }
  }
  return { changes, refusals };
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
    if (before.space[name] === undefined) refusals.push(`space.${name} is new: finished trials have no value for it`);
  }
  for (const [name, old] of Object.entries(before.space)) {
    const domain = after.space[name];
    if (domain === undefined) {
      refusals.push(`space.${name} is gone: finished trials vary in it`);
    } else if (!same(old, domain)) {
      const wider = isWider(old, domain);
      const line = `space.${name}: ${describe(old)} → ${describe(domain)}`;
      if (wider) changes.push(line);
      else refusals.push(`${line}: a domain can be widened, not narrowed, rescaled or reordered`);
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
  return old.scale === domain.scale && domain.min <= old.min && domain.max >= old.max;
}

function compareSearch(
  before: StudyDefinition['search'],
  after: StudyDefinition['search'],
  changes: string[],
  refusals: string[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof typeof before>) {
    if (same(before[key], after[key])) continue;
    const line = `search.${key}: ${JSON.stringify(before[key])} → ${JSON.stringify(after[key])}`;
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

function differences(path: string, before: unknown, after: unknown): string[] {
  if (same(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(`${path}.${key}`, before[key], after[key]));
}

function describe(domain: Domain): string {
  if (domain.type === 'choice') return JSON.stringify(domain.values);
  return `${domain.type} ${domain.min} … ${domain.max}${domain.scale === 'log' ? ' (log)' : ''}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON, whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
