// Loads a trainer from its module: the built-in one and a user's own alike.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Train } from '../../study/train.js';
import { show } from '../protocol/check-report.js';

/** Plain data: it crosses threads and processes. */
export interface TrainerReference {
  /** An absolute path or a file: URL. */
  readonly module: string;
  /** Handed to the module's `createTrain`. */
  readonly settings?: unknown;
}

const EXPORTS =
  'a default export `async function* (assignment, context)`, or an export `createTrain(settings)` that returns one';

/**
 * The module's `createTrain(settings)`, where it has one, else its default export.
 * @throws HpoError ERR_TRAINER_MODULE, naming file, expected and found; a coded error of `createTrain` is passed on.
 */
export async function loadTrainer({ module, settings }: TrainerReference): Promise<Train> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module;
  if (!existsSync(path)) throw atFault(path, 'expected a trainer module, got no such file');
  const exported = await importModule(path);
  const { createTrain, default: train } = exported;
  if (createTrain !== undefined) {
    if (typeof createTrain !== 'function') throw atFault(path, `expected ${EXPORTS}, got ${show(createTrain)}`);
    return checkTrain(path, await create(path, createTrain as (settings: unknown) => unknown, settings));
  }
  if (train === undefined)
    throw atFault(path, `expected ${EXPORTS}, got exports ${Object.keys(exported).join(', ') || 'none'}`);
  if (settings !== undefined) {
    throw atFault(
      path,
      'expected an export `createTrain(settings)`, because there are trainer settings, got only a default export',
    );
  }
  return checkTrain(path, train);
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw atFault(path, `the trainer module cannot be loaded: ${messageOf(error)}${whereIn(path, error)}`, error);
  }
}

/** The line that threw; of a syntax error Node tells a program none. */
function whereIn(path: string, error: unknown): string {
  if (error instanceof SyntaxError) return ' (`node --check` with this file shows where)';
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const afterPlace = [pathToFileURL(path).href, path].map((place) => stack.split(`${place}:`)[1]);
  const line = /^\d+/.exec(afterPlace.find((after) => after !== undefined) ?? '')?.[0];
  return line === undefined ? '' : ` (line ${line})`;
}

async function create(path: string, createTrain: (settings: unknown) => unknown, settings: unknown): Promise<unknown> {
  try {
    return await createTrain(settings);
  } catch (error) {
    if (error instanceof HpoError) throw error;
    throw atFault(path, `createTrain failed: ${messageOf(error)}${whereIn(path, error)}`, error);
  }
}

/** A plain function may return a generator; a promise or a synchronous generator is none. */
function checkTrain(path: string, value: unknown): Train {
  if (typeof value !== 'function') throw atFault(path, `expected ${EXPORTS}, got ${show(value)}`);
  const kind = Object.prototype.toString.call(value);
  if (kind === '[object AsyncFunction]' || kind === '[object GeneratorFunction]') {
    throw atFault(path, `expected an async generator function (async function*), got ${kind.slice(8, -1)}`);
  }
  return value as Train;
}

function atFault(path: string, what: string, cause?: unknown): HpoError {
  return new HpoError('ERR_TRAINER_MODULE', `${path}: ${what}`, { cause });
}
