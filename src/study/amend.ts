// A study file that changed since its journal began: what can be extended, and what would make the trials incomparable.
import type { Domain } from './parameters.js';
import type { StudyDefinition } from './schema/parse-study.js';

export interface DefinitionChanges {
  /** Extensions, in words: "search.trials: 20 → 40". */
  readonly changes: readonly string[];
  /** What cannot change within a study, each with its reason. */
  readonly refusals: readonly string[];
}

/** Compares the definition that a journal began with, as last amended, to the file as it is now. */
export function compareDefinitions(before: StudyDefinition, after: StudyDefinition): DefinitionChanges {
  const changes: string[] = [];
  const refusals: string[] = [];
  compareSpaces(before, after, changes, refusals);
  compareSearch(before.search, after.search, changes, refusals);
  const fixed = ['name', 'data', 'backbone', 'trainer', 'training', 'objective', 'pruner'] as const;
  for (const key of fixed) {
    for (const difference of differences(key, before[key], after[key])) {
      refusals.push(`${difference}: finished trials were trained or judged with the old value`);
    }
  }
  return { changes, refusals };
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
