// HPO_DEBUG=loop,engine makes these parts print what they do; `all` makes every part.

import { visibleText } from './visible-text.js';

export const DEBUG_PARTS = ['loop', 'search', 'pruner', 'workers', 'engine', 'features', 'images', 'store'] as const;
export type DebugPart = (typeof DEBUG_PARTS)[number];

/** Prints a line where its part is asked for; the message is made only then. */
export type Debug = (message: () => string) => void;

export interface DebugOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly write?: (text: string) => void;
  /** Milliseconds. */
  readonly clock?: () => number;
}

const told = new Set<string>();

/**
 * The line goes to stderr: the dashboard holds it back until it closes, and what a worker prints goes to the study's log.txt.
 * Each line has the milliseconds since the last one of the same source file.
 */
export function debugOf(part: DebugPart, options: DebugOptions = {}): Debug {
  const {
    env = process.env,
    write = (text: string) => void process.stderr.write(visibleText(text)),
    clock = () => performance.now(),
  } = options;
  const wanted = (env['HPO_DEBUG'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  for (const name of wanted) {
    if (name === 'all' || DEBUG_PARTS.some((known) => known === name) || told.has(name)) continue;
    told.add(name);
    write(`hpo: HPO_DEBUG knows no part '${name}'; expected all, or some of ${DEBUG_PARTS.join(', ')}\n`);
  }
  if (!wanted.includes(part) && !wanted.includes('all')) return () => {};
  let before = clock();
  return (message) => {
    const now = clock();
    write(`hpo:${part} +${Math.round(now - before)} ms  ${message()}\n`);
    before = now;
  };
}
