// What controller and workers say to each other over a queue. Both sides check every message: what is unknown is refused, nothing is executed.
import { z } from 'zod';
import { ERROR_CODES, HpoError } from '../study/errors.js';
import type { Outcome, Report } from '../study/trial.js';
import { readVersion } from '../system/versions.js';

/** Raised when an older program could misread a message. */
export const PROTOCOL = 2;

/** JSON has no words for these. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const name = z.string().min(1).max(300);
/** Characters of a message's text that people read. */
export const LONGEST_TEXT = 20_000;
const text = z.string().max(LONGEST_TEXT);
/** A folder below another one: a worker makes it, and removes it with all that is in it. */
const folderBelow = z
  .string()
  .refine(
    (path) => path.split(/[/\\]/).every((part) => !['', '.', '..'].includes(part)),
    'expected a folder below that of trials',
  );
const trial = z.int().min(0);
/** Of parameters and all else that a trial's numbers follow from: `digestOf`. */
const digest = z.string().min(1).max(64);
/** A trial that a worker has: what was to be trained, and how many epochs the controller has answered there. */
const heldTrial = z.strictObject({ trial, digest, reported: z.int().min(0) });
export type HeldTrial = z.output<typeof heldTrial>;
const trials = z.array(heldTrial);
/** What trainers said since the last message, in order. */
const said = { lines: z.array(z.string()), warnings: z.array(z.string()) };

const report = z.strictObject({
  epoch: z.int().min(1),
  metrics: z.record(z.string(), number),
  detail: z.exactOptional(
    z.union([
      z.strictObject({
        confusion: z.array(z.array(z.number())),
        predictions: z.exactOptional(z.array(z.number())),
      }),
      z.strictObject({ labels: z.array(z.array(z.array(z.number()))) }),
    ]),
  ),
  seconds: z.exactOptional(z.number()),
  work: z.exactOptional(z.record(z.string(), z.number())),
});

const fault = z.union([z.enum(['chance', 'trainer']), z.strictObject({ code: z.enum(ERROR_CODES) })]);

/** A worker never prunes: that follows from verdicts. */
const outcome = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('completed'), reason: z.exactOptional(text) }),
  z.strictObject({
    status: z.literal('failed'),
    kind: z.enum(['diverged', 'out-of-memory', 'crashed', 'timed-out']),
    message: text,
    fault: z.exactOptional(fault),
  }),
]);

/** One try of a worker at the trials of a job. `start` counts, by the server, how often the job was given out: the highest is the one that counts. */
const attempt = z.strictObject({ offer: name, start: z.int().min(1) });
export type Attempt = z.output<typeof attempt>;

const machine = z.strictObject({
  host: name,
  pid: z.int(),
  slots: z.int().min(1).max(1024),
  devices: z.array(name).max(1024),
  /** What its numbers depend on: processor, engine, versions. Machines that say the same are of one kind. */
  kind: z.strictObject({ processor: name, engine: z.exactOptional(name), versions: name }),
});
export type MachineFacts = z.output<typeof machine>;

const measured = z.strictObject({
  slot: z.int().min(0),
  busyShare: z.number(),
  imagesPerSecond: z.exactOptional(z.number()),
  epochProgress: z.exactOptional(z.number()),
  memoryBytes: z.exactOptional(z.number()),
  gpu: z.exactOptional(z.strictObject({ load: z.exactOptional(z.number()), memoryBytes: z.exactOptional(z.number()) })),
});
export type MeasuredSlot = z.output<typeof measured>;

const split = z.enum(['train', 'validation', 'test', 'targetUnlabelled', 'targetValidation', 'targetTest']);

/** From a worker. Each is a job, and what it returns is the answer. `worker` is drawn anew for every process. */
const workerMessage = z.discriminatedUnion('type', [
  /** It has nothing to do. Read also where another version of hpo says more, so that this one can say why it refuses. */
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    worker: name,
    host: name,
    version: name,
    /** Studies that it cannot take part in. */
    unfit: z.exactOptional(z.array(name)),
  }),
  /** It has everything that the study needs. */
  z.strictObject({ type: z.literal('ready'), worker: name, machine }),
  /** It lacks something, or has something else. */
  z.strictObject({ type: z.literal('unfit'), worker: name, host: name, reason: text }),
  /** Is there news? `seen`: the latest that it has. The answer comes when there is some, or after a while. */
  z.strictObject({
    type: z.literal('attend'),
    worker: name,
    seen: z.int().min(0),
    /** Jobs that it has, of whichever try. */
    held: z.array(name),
  }),
  z.strictObject({ type: z.literal('taken'), worker: name, attempt, slot: z.int().min(0) }),
  z.strictObject({ type: z.literal('report'), worker: name, attempt, trials, trial, report, ...said }),
  /** The trial is over; without an outcome where the study ended it. */
  z.strictObject({
    type: z.literal('ended'),
    worker: name,
    attempt,
    trials,
    trial,
    outcome: z.exactOptional(outcome),
    ...said,
  }),
  /** It leaves: what it has not ended is for others. */
  z.strictObject({ type: z.literal('returned'), worker: name, attempt }),
  z.strictObject({
    type: z.literal('said'),
    worker: name,
    attempt: z.exactOptional(attempt),
    ...said,
    measured: z.array(measured),
  }),
  z.strictObject({ type: z.literal('bye'), worker: name }),
  /** Its images differ: of which pages of the controller's images? */
  z.strictObject({ type: z.literal('pages'), worker: name, split }),
  /** Which of the controller's images has what content? */
  z.strictObject({ type: z.literal('entries'), worker: name, split, from: z.int().min(0) }),
  /** A person asks who is there. */
  z.strictObject({ type: z.literal('who'), worker: name }),
]);
export type WorkerMessage = z.output<typeof workerMessage>;
/** A message as it is written: numbers that JSON does not know are text. */
export type WrittenMessage = z.input<typeof workerMessage>;

const assignment = z.strictObject({
  trial,
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  source: z.exactOptional(z.enum(['sampler', 'enqueued', 'confirmation', 'baseline', 'fold'])),
  fold: z.exactOptional(
    z.strictObject({ index: z.int().min(0), folds: z.int(), repeat: z.int().min(0), part: z.int().min(0) }),
  ),
  seed: z.int(),
  digest,
  /** Below the folder of trials, or, without one that both sides see, of the worker's own. */
  folder: folderBelow,
  apart: z.exactOptional(z.literal(true)),
  reported: z.int().min(0),
  /** It is given up already. */
  givenUp: z.exactOptional(z.literal(true)),
});
export type SentAssignment = z.output<typeof assignment>;

const news = z.discriminatedUnion('type', [
  /** The trial's signal fires. */
  z.strictObject({ type: z.literal('giveUp'), attempt, trial }),
  /** Everything of the attempt ends at once. */
  z.strictObject({ type: z.literal('end'), attempt }),
  /** The study is over, or wants the worker no more. */
  z.strictObject({ type: z.literal('leave'), reason: z.exactOptional(text) }),
]);
export type News = z.output<typeof news>;

/** What a worker gets to know of a study. Paths are the controller's. */
const studyForWorkers = z.strictObject({
  id: name,
  name,
  version: name,
  /** As `recordedDefinition` reads it. */
  definition: z.unknown(),
  directory: z.string().min(1),
  /** Where the controller keeps the trials' folders. A worker that finds the study's id in the file `queue.json` beside it sees the same folder. */
  trials: z.string().min(1),
  /** A folder that holds it, and that a worker must see as well. */
  files: z.exactOptional(z.string().min(1)),
  engine: z.exactOptional(z.string()),
  images: z.exactOptional(z.string()),
  weights: z.exactOptional(z.string()),
  /** SHA-256 of a trainer module of the study's own. */
  module: z.exactOptional(z.string()),
  reuse: z.boolean(),
});
export type StudyForWorkers = z.output<typeof studyForWorkers>;

/** Digests of a split's pages, in order: a page is asked for only where it differs, since every answer stays on the server for a while. */
const entryPages = z.strictObject({
  classes: z.array(z.string()),
  total: z.int().min(0),
  digests: z.array(z.string()),
});
export type EntryPages = z.output<typeof entryPages>;

const entriesPage = z.strictObject({
  entries: z.array(
    z.strictObject({ file: z.string(), label: z.union([z.int(), z.array(z.int())]), digest: z.string() }),
  ),
});
export type EntriesPage = z.output<typeof entriesPage>;

/** A worker, for people. */
const present = z.strictObject({
  machine,
  /** Milliseconds since 1970. */
  since: z.number(),
  trials: z.array(trial),
  /** Trials that have ended there. */
  ended: z.int().min(0),
});
export type PresentWorker = z.output<typeof present>;

/** To a worker: the return value of its message's job. */
const answer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('study'), study: studyForWorkers }),
  /** Also read where another version says more. */
  z.object({ type: z.literal('refused'), reason: text }),
  z.strictObject({ type: z.literal('welcome') }),
  /** The controller does not know the worker: it may have been started again. */
  z.strictObject({ type: z.literal('unknown') }),
  z.strictObject({ type: z.literal('news'), turn: z.int().min(0), items: z.array(news) }),
  z.strictObject({ type: z.literal('train'), trials: z.array(assignment) }),
  z.strictObject({ type: z.literal('verdict'), verdict: z.enum(['continue', 'stop', 'pause']) }),
  /** What the attempt still does concerns nobody: its trials are with others, or over. */
  z.strictObject({ type: z.literal('abandon') }),
  z.strictObject({ type: z.literal('noted') }),
  z.strictObject({ type: z.literal('pages'), pages: entryPages }),
  z.strictObject({ type: z.literal('entries'), page: entriesPage }),
  z.strictObject({ type: z.literal('present'), study: name, machines: z.array(present) }),
]);
export type Answer = z.output<typeof answer>;

/** The job that offers trials to all workers: only its id matters, the rest comes as the answer to 'taken'. */
export const OFFER = 'offer';

/** @throws HpoError ERR_QUEUE naming what was expected and found, and the version of each side as far as it is known. */
export function readMessage(data: unknown): WorkerMessage {
  return read(workerMessage, data, 'a message of a worker', () =>
    bothVersions('controller', 'worker', versionIn(data)),
  );
}

/** @throws HpoError ERR_QUEUE, as `readMessage`. */
export function readAnswer(data: unknown): Answer {
  return read(answer, data, 'an answer of the controller', () => {
    const said = z.object({ study: z.unknown() }).safeParse(data);
    return bothVersions('worker', 'controller', said.success ? versionIn(said.data.study) : undefined);
  });
}

function read<T>(schema: z.ZodType<T>, data: unknown, what: string, versions: () => string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new HpoError('ERR_QUEUE', `expected ${what}, got another${place}: ${issue?.message ?? ''} (${versions()})`);
}

function versionIn(data: unknown): string | undefined {
  const parsed = z.object({ version: name }).safeParse(data);
  return parsed.success ? parsed.data.version : undefined;
}

/** In words. @param here who reads. @param there who wrote what cannot be read. */
function bothVersions(here: string, there: string, version: string | undefined): string {
  return `the ${here} is hpo ${readVersion()}, the ${there} ${version === undefined ? 'does not say its version' : `hpo ${version}`}`;
}

/** The report as JSON can hold it. */
export function writtenReport(told: Report): Extract<WrittenMessage, { type: 'report' }>['report'] {
  const { epoch, metrics, detail, seconds, work } = told;
  return {
    epoch,
    metrics: Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, written(value)])),
    ...(detail === undefined ? {} : { detail: writtenDetail(detail) }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(work === undefined ? {} : { work: { ...work } }),
  };
}

function writtenDetail(detail: NonNullable<Report['detail']>): NonNullable<z.input<typeof report>['detail']> {
  if (detail.confusion === undefined) return { labels: detail.labels.map((one) => one.map((row) => [...row])) };
  return {
    confusion: detail.confusion.map((row) => [...row]),
    ...(detail.predictions === undefined ? {} : { predictions: [...detail.predictions] }),
  };
}

function written(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The outcome as a worker may tell it: undefined where it is none of its own. */
export function writtenOutcome(ended: Outcome | undefined): Extract<WrittenMessage, { type: 'ended' }>['outcome'] {
  if (ended === undefined || ended.status === 'pruned') return undefined;
  if (ended.status === 'completed') return ended;
  return { ...ended, message: ended.message.slice(0, LONGEST_TEXT) };
}
