// An error as a person reads it: what is wrong, its code, and where to look further.
import { type ErrorCode, HpoError, messageOf } from '../study/errors.js';
import type { Style } from './style.js';
import { commandName } from '../system/command-name.js';

export interface DescribeOptions {
  readonly debug: boolean;
  readonly style: Style;
}

/** What to do about errors whose message, made further down, cannot know of commands. */
const ADVICE: Readonly<Partial<Record<ErrorCode, () => string>>> = {
  ERR_STUDY_LOCKED: () => `To look at it: ${commandName()} watch <study>, or ${commandName()} show <study>.`,
  ERR_STUDY_CHANGED: () =>
    'Undo the change, start over with --fresh (the earlier run is kept), or save the changed study as another file.',
};

/** Lines for stderr. With `debug` the stack of the error and of each of its causes. */
export function describeError(error: unknown, { debug, style }: DescribeOptions): string[] {
  const [first = '', ...rest] = messageOf(error).split('\n');
  const code = codeOf(error);
  const lines = [`${style.red('hpo:')} ${first}`, ...rest];
  const advice = error instanceof HpoError ? ADVICE[error.code]?.() : undefined;
  if (advice !== undefined) lines.push(advice);
  // What the operating system refuses has its code in its words.
  if (code !== undefined && !first.endsWith(`(${code})`)) lines.push(style.dim(`(${code})`));
  if (debug) return [...lines, ...stacks(error)];
  if (!(error instanceof HpoError || isSystemError(error)))
    lines.push('This was not expected. Run again with --debug for the stack.');
  return lines;
}

/** What the operating system refuses (a read-only folder, a full disk) is for the person to see to. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let current = error, depth = 0; current instanceof Error && depth < 10; current = current.cause, depth++) {
    lines.push(...(depth === 0 ? [] : ['caused by:']), ...(current.stack ?? String(current)).split('\n'));
  }
  return lines;
}
