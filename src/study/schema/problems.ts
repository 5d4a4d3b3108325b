// Everything that is wrong with a file, each with its path, what was expected and what was found.
import { must } from '../../system/must.js';
import type { z } from 'zod';
import { hint } from '../../system/nearest.js';
import { keysAt, placesOf } from './known-keys.js';

export interface Problem {
  /** Such as `space.learningRate.min`; empty for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** Of a key that is not known: the sentence in place of the two above. */
  readonly unknown?: string;
}

/** "space.dropout.max: expected a number below 1, found 1.4"; "training.momentun: unknown key; did you mean 'momentum'?". */
export function formatProblem({ path, expected, found, unknown }: Problem): string {
  return `${path === '' ? 'the file' : path}: ${unknown ?? `expected ${expected}, found ${found}`}`;
}

/** The problems that zod saw in `input`. Of a union, those of the branch that fits best are told. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  /** What the input was parsed with; an unknown key is then told the nearest that it knows. */
  schema?: z.core.$ZodType,
): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], { input, schema }));
}

type Path = readonly PropertyKey[];

interface Parsed {
  readonly input: unknown;
  readonly schema: z.core.$ZodType | undefined;
}

function problemsOfIssue(issue: z.core.$ZodIssue, base: Path, parsed: Parsed): Problem[] {
  const { input } = parsed;
  const path = [...base, ...issue.path];
  const at = (expected: string, found = show(valueAt(input, path))): Problem => ({
    path: showPath(path),
    expected,
    found,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, parsed));
    case 'invalid_type':
      return [at(withArticle(issue.expected))];
    case 'invalid_value':
      return [at(oneOf(issue.values.map(show)), foundAmong(issue.values, valueAt(input, path)))];
    case 'too_small':
      return [at(bound(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin))];
    case 'too_big':
      return [at(bound(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin))];
    case 'invalid_union':
      return (
        unionProblems(issue, path, parsed) ?? [
          at(describeUnion(issue), foundAmong(optionsOf(issue), valueAt(input, path))),
        ]
      );
    case 'invalid_key':
      return [at(issue.issues[0]?.message ?? 'a valid name', show(path.at(-1)))];
    default:
      return [at(issue.message)];
  }
}

/** With the nearest key that is known there, or the place where it is known. */
function unknownKey(key: string, path: Path, { schema }: Parsed): Problem {
  const problem = { path: showPath([...path, key]), expected: 'no such key', found: `'${key}'` };
  if (schema === undefined) return { ...problem, unknown: 'unknown key' };
  const near = hint(key, keysAt(schema, path));
  const elsewhere = placesOf(schema, key);
  const place = near === '' && elsewhere.length > 0 ? `; did you mean ${elsewhere.join(' or ')}?` : near;
  return { ...problem, unknown: `unknown key${place}` };
}

/** A word that is none of the known ones, with the nearest of them. */
function foundAmong(known: readonly unknown[], found: unknown): string {
  if (typeof found !== 'string') return show(found);
  return `${show(found)}${hint(
    found,
    known.filter((value) => typeof value === 'string'),
  )}`;
}

/** The branch that got furthest: fewest problems at the top, unknown keys counting for less than wrong types. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: Path, parsed: Parsed): Problem[] | undefined {
  const branches = issue.errors.filter((branch) => !branch.some(isAboutTheWhole));
  const scored = branches.map((branch) => ({ branch, score: branch.reduce((sum, one) => sum + weight(one), 0) }));
  const best = scored.sort((a, b) => a.score - b.score)[0];
  return best?.branch.flatMap((one) => problemsOfIssue(one, path, parsed));
}

/** The value is of another kind altogether, so what else the branch says does not matter. */
function isAboutTheWhole(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function weight(issue: z.core.$ZodIssue): number {
  if (issue.code === 'unrecognized_keys') return issue.keys.length;
  return issue.path.length > 1 ? 0.5 : 1.1;
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion): string {
  const options = optionsOf(issue);
  if (options.length > 0) return oneOf(options.map(show));
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1));
  return oneOf(
    branches.map((one) =>
      one.code === 'invalid_type'
        ? withArticle(one.expected)
        : one.code === 'invalid_value'
          ? one.values.map(show).join(' or ')
          : one.message,
    ),
  );
}

/** The values of a field that tells branches apart, where that is what does not fit. */
function optionsOf(issue: z.core.$ZodIssueInvalidUnion): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}

function bound(relation: string, limit: number | bigint, origin: string): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  return `${relation} ${limit}${unit}`;
}

function oneOf(options: readonly string[]): string {
  const distinct = [...new Set(options)];
  return distinct.length === 1 ? must(distinct[0], 'an alternative') : `one of ${distinct.join(', ')}`;
}

function withArticle(type: string): string {
  const name = type === 'int' ? 'integer' : type === 'record' ? 'object' : type === 'tuple' ? 'list' : type;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** A value as a person wrote it, shortened. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function showPath(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
}
