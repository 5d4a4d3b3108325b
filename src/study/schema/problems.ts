// Everything that is wrong with a file, each with its path, what was expected and what was found.
import { must } from '../../system/must.js';
import type { z } from 'zod';

export interface Problem {
  /** Such as `space.learningRate.min`; empty for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** "space.dropout.max: expected a number below 1, found 1.4". */
export function formatProblem({ path, expected, found }: Problem): string {
  return `${path === '' ? 'the file' : path}: expected ${expected}, found ${found}`;
}

/** The problems that zod saw in `input`. Of a union, those of the branch that fits best are told. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], input));
}

type Path = readonly PropertyKey[];

function problemsOfIssue(issue: z.core.$ZodIssue, base: Path, input: unknown): Problem[] {
  const path = [...base, ...issue.path];
  const at = (expected: string, found = show(valueAt(input, path))): Problem => ({
    path: showPath(path),
    expected,
    found,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: showPath([...path, key]), expected: 'no such key', found: `'${key}'` }));
    case 'invalid_type':
      return [at(withArticle(issue.expected))];
    case 'invalid_value':
      return [at(oneOf(issue.values.map(show)))];
    case 'too_small':
      return [at(bound(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin))];
    case 'too_big':
      return [at(bound(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin))];
    case 'invalid_union':
      return unionProblems(issue, path, input) ?? [at(describeUnion(issue))];
    case 'invalid_key':
      return [at(issue.issues[0]?.message ?? 'a valid name', show(path.at(-1)))];
    default:
      return [at(issue.message)];
  }
}

/** The branch that got furthest: fewest problems at the top, unknown keys counting for less than wrong types. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: Path, input: unknown): Problem[] | undefined {
  const branches = issue.errors.filter((branch) => !branch.some(isAboutTheWhole));
  const scored = branches.map((branch) => ({ branch, score: branch.reduce((sum, one) => sum + weight(one), 0) }));
  const best = scored.sort((a, b) => a.score - b.score)[0];
  return best?.branch.flatMap((one) => problemsOfIssue(one, path, input));
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
  const known = issue as { readonly options?: readonly unknown[]; readonly discriminator?: string };
  if (known.options !== undefined) return oneOf(known.options.map(show));
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
