// One event, one line of JSON: how the journal spells events, and what it accepts when it reads them back.
import { z } from 'zod';
import { HpoError } from '../study/errors.js';
import { JOURNAL_VERSION, type TrialEvent } from '../study/events.js';
import type { Outcome } from '../study/trial.js';
import { formatProblem, problemsOf, show } from '../study/schema/problems.js';
import { recordedDefinition } from '../study/schema/recorded-definition.js';
import { openLine, sealLine } from './journal-line.js';

const at = z.number();
const trial = z.int().min(0);
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const count = z.int().min(0);
const counts = z.array(count);
const machine = z.looseObject({ processor: z.string(), engine: z.exactOptional(z.string()), versions: z.string() });
const study = z.looseObject({
  name: z.string(),
  definition: recordedDefinition,
  images: z.exactOptional(
    z.looseObject({
      digest: z.string(),
      classes: z.array(z.string()),
      counts: z.looseObject({ train: counts, validation: counts, test: counts }),
      slices: z.exactOptional(
        z.array(z.looseObject({ column: z.string(), values: z.array(z.string()), members: z.array(z.int().min(-1)) })),
      ),
      labels: z.exactOptional(z.array(z.tuple([z.int().min(0), z.int().min(1)]))),
      task: z.exactOptional(z.enum(['multiclass', 'multilabel'])),
      sizes: z.exactOptional(z.looseObject({ train: count, validation: count, test: count })),
      folds: z.exactOptional(
        z.looseObject({ folds: z.number(), counts: z.array(counts), parts: z.exactOptional(z.array(counts)) }),
      ),
    }),
  ),
  weights: z.exactOptional(z.string()),
  engine: z.exactOptional(z.string()),
  machine: z.exactOptional(machine),
  prior: z.exactOptional(z.int()),
  seconds: z.exactOptional(
    z.looseObject({
      forward: z.number(),
      training: z.number(),
      epochs: z.array(z.looseObject({ backbone: z.exactOptional(z.string()), depth: count, seconds: z.number() })),
    }),
  ),
  costs: z.exactOptional(
    z.array(
      z.looseObject({
        ...{ backbone: z.exactOptional(z.string()), depth: count, multiplyAccumulates: z.number() },
        parts: z.exactOptional(z.looseObject({ view: z.number(), validation: z.number(), epoch: z.number() })),
      }),
    ),
  ),
  warmStart: z.exactOptional(z.array(z.looseObject({ parameters, value: z.number() }))),
});

/** Numbers of the trainer's own. */
const work = z.record(z.string(), z.number());
const report = z.looseObject({
  epoch: z.int().min(1),
  metrics: z.record(z.string(), z.number()),
  detail: z.exactOptional(
    z.union([
      z.looseObject({
        confusion: z.array(z.array(z.number())),
        predictions: z.exactOptional(z.array(z.number())),
        labels: z.exactOptional(z.undefined()),
      }),
      z.looseObject({
        labels: z.array(z.array(z.array(z.number()))),
        confusion: z.exactOptional(z.undefined()),
        predictions: z.exactOptional(z.undefined()),
      }),
    ]),
  ),
  seconds: z.exactOptional(z.number()),
  work: z.exactOptional(work),
});

const failureKind = z.enum(['diverged', 'out-of-memory', 'crashed', 'timed-out']);
const outcome: z.ZodType<Outcome> = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('completed'), reason: z.exactOptional(z.string()) }),
  z.looseObject({ status: z.literal('pruned'), epoch: z.int().min(0), reason: z.string() }),
  z.looseObject({
    status: z.literal('failed'),
    kind: failureKind,
    message: z.string(),
  }),
]);

/** Journals that begin with this version or a later one have a checksum in every line. */
const SEALED_VERSION = 2;

/** Objects are loose: a later release may add optional fields without raising the version. */
const eventSchema: z.ZodType<TrialEvent> = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('created'), version: z.int(), study, at }),
  z.looseObject({ type: z.literal('amended'), study, changes: z.array(z.string()), at }),
  z.looseObject({
    type: z.literal('asked'),
    trial,
    parameters,
    source: z.enum(['sampler', 'enqueued', 'confirmation', 'baseline', 'fold']),
    note: z.exactOptional(z.string()),
    fold: z.exactOptional(z.looseObject({ of: trial, index: z.int().min(1) })),
    at,
  }),
  z.looseObject({ type: z.literal('started'), trial, slot: z.int().min(0), at }),
  z.looseObject({ type: z.literal('reported'), trial, report, machine: z.exactOptional(machine), at }),
  z.looseObject({ type: z.literal('paused'), trial, epoch: z.int().min(0), reason: z.string(), at }),
  z.looseObject({ type: z.literal('folded'), trial, reason: z.exactOptional(z.string()), at }),
  z.looseObject({ type: z.literal('promoted'), trial, reason: z.string(), at }),
  z.looseObject({ type: z.literal('retried'), trial, kind: failureKind, message: z.string(), at }),
  z.looseObject({ type: z.literal('prepared'), slot: z.int().min(0), work, at }),
  z.looseObject({ type: z.literal('told'), trial, outcome, at }),
  z.looseObject({ type: z.literal('stopped'), reason: z.enum(['enough', 'exhausted']), message: z.string(), at }),
  z.looseObject({ type: z.literal('warned'), message: z.string(), trial: z.exactOptional(trial), at }),
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws a TypeError that says what is wrong with something that was to be an outcome. */
export function checkOutcome(value: unknown): Outcome {
  const parsed = outcome.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TypeError(problemsOf(parsed.error.issues, value).map(formatProblem).join('; '));
}

/**
 * The line of an event, newline included. Throws a TypeError where it could not be read back, such as a parameter that is NaN:
 * samplers, pruners and trainers may be somebody's own.
 * @param line counted from 1.
 */
export function encodeEvent(event: TrialEvent, line: number): Buffer {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, event).map(formatProblem);
    throw new TypeError(`an event '${event.type}' could not be read back: ${problems.join('; ')}`);
  }
  return sealLine(JSON.stringify(event), line);
}

/** An event as it was read. */
export interface DecodedEvent {
  readonly event: TrialEvent;
  /** Whether its line carries a number and a checksum. */
  readonly isSealed: boolean;
}

/**
 * The event of a line (without its newline).
 * @param line counted from 1.
 * @param mustBeSealed because a line before it is: only journals of earlier releases begin without.
 * @throws HpoError ERR_JOURNAL_DAMAGED with the line and what was found; ERR_JOURNAL_VERSION in a first line of a later release.
 */
export function decodeEvent(bytes: Buffer, line: number, path: string, mustBeSealed: boolean): DecodedEvent {
  const opened = openLine(bytes, line);
  if (opened.status === 'broken') throw damaged(path, line, opened.problem);
  const isSealed = opened.status === 'whole';
  const event = decodeJson(isSealed ? opened.json : bytes, line, path);
  const isNew = event.type === 'created' && event.version >= SEALED_VERSION;
  if (!isSealed && (mustBeSealed || isNew))
    throw damaged(path, line, 'expected a line with a checksum, got one without');
  return { event, isSealed };
}

function decodeJson(bytes: Buffer, line: number, path: string): TrialEvent {
  const value = parse(bytes, line, path);
  if (line === 1) checkBeginning(value, path);
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, value).map(formatProblem);
    throw damaged(path, line, `expected an event, but ${problems.join('; ')}`);
  }
  if (line > 1 && parsed.data.type === 'created') {
    throw damaged(path, line, `expected 'created' only in the first line, got it again`);
  }
  return parsed.data;
}

/** An error of one line of a journal. */
export function damaged(path: string, line: number, what: string, cause?: unknown): HpoError {
  const advice = 'Nothing was changed; restore the file or move it away (hpo check says more).';
  return new HpoError('ERR_JOURNAL_DAMAGED', `${path}:${line}: ${what}. ${advice}`, { cause });
}

function parse(bytes: Uint8Array, line: number, path: string): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw damaged(path, line, `expected UTF-8, got ${show(Buffer.from(bytes).toString('latin1'))}`, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, line, `expected an event as JSON, got ${show(text)}`, error);
  }
}

function checkBeginning(value: unknown, path: string): void {
  const first = (typeof value === 'object' && value !== null ? value : {}) as { type?: unknown; version?: unknown };
  if (first.type !== 'created') throw damaged(path, 1, `expected 'created' as the first event, got ${show(value)}`);
  if (typeof first.version === 'number' && first.version > JOURNAL_VERSION) {
    throw new HpoError(
      'ERR_JOURNAL_VERSION',
      `expected a journal of version ${JOURNAL_VERSION} or earlier, got version ${first.version} in ${path}: ` +
        'it was written by a later release of hpo, which can read it.',
    );
  }
}
