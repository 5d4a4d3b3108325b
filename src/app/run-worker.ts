// A worker: this machine trains for whatever study is run at a queue, one study after another.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseAddress } from '../cluster/address.js';
import { QueueLink } from '../cluster/link.js';
import { PROTOCOL, type StudyForWorkers } from '../cluster/messages.js';
import { HELLO } from '../cluster/queue-names.js';
import { RoundTrips } from '../cluster/round-trips.js';
import { HpoError } from '../study/errors.js';
import { readVersion } from '../system/versions.js';
import { type ServeStudyOptions, serveStudy } from './queue/serve-study.js';

export interface RunWorkerOptions extends Omit<ServeStudyOptions, 'link' | 'maps'> {
  readonly maps?: ServeStudyOptions['maps'];
  /** Where this machine sees the folder of `hpo run --files`. */
  readonly files?: string | undefined;
  /** Ends with the first study. */
  readonly once?: boolean | undefined;
}

/**
 * Serves studies until it is told to leave.
 * @param address of the queue: redis://, rediss://, postgres://.
 * @throws HpoError ERR_QUEUE, ERR_USAGE; with `once`, what keeps this machine from taking part in the study (ERR_DATA, ERR_WEIGHTS, ERR_ENGINE, …).
 */
export async function runWorker(address: string, options: RunWorkerOptions): Promise<void> {
  const parsed = parseAddress(address);
  const { leave, maps = [], onProgress, onPhase } = options;
  const onProblem = (message: string): void => onProgress?.(`queue ${parsed.shown}: ${message}`);
  const link = await QueueLink.open(parsed, { onProblem });
  /** Studies that this machine cannot take part in: others may be run at the same queue. */
  const unfit = new Set<string>();
  try {
    while (!leave.aborted) {
      onPhase?.({ name: `waiting for a study at ${parsed.shown}` });
      const study = await nextStudy(link, leave, unfit);
      onPhase?.(undefined);
      if (study === undefined) return;
      onProgress?.(`study ${study.name}: preparing`);
      try {
        const end = await serveStudy(study, { ...options, link, maps: [...maps, ...mapOfFiles(study, options.files)] });
        if (end.type === 'dismissed')
          throw new HpoError(
            'ERR_QUEUE',
            `the controller of study ${study.name} set this machine aside: ${end.reason}`,
          );
        if (end.type === 'lost' && options.once === true)
          throw new HpoError(
            'ERR_QUEUE',
            `expected answers of the controller of study ${study.name}, got none for long: it is gone, or too busy`,
          );
        if (end.type !== 'left')
          onProgress?.(`study ${study.name}: ${end.type === 'over' ? 'over' : 'its controller is gone'}`);
      } catch (error) {
        if (options.once === true || !(error instanceof HpoError)) throw error;
        unfit.add(study.id);
        onProgress?.(
          `study ${study.name}: ${error.message}. This worker waits for other studies; start it again to take part in this one.`,
        );
      }
      if (options.once === true) return;
    }
  } finally {
    onPhase?.(undefined);
    await link.close();
  }
}

/** @throws HpoError ERR_USAGE where the study has no shared folder. */
function mapOfFiles({ name, files: from }: StudyForWorkers, to: string | undefined): ServeStudyOptions['maps'] {
  if (to === undefined) return [];
  if (from !== undefined) return [{ from, to }];
  throw new HpoError(
    'ERR_USAGE',
    `expected no --files, because study ${name} has no shared folder: name one with --files at hpo run, too`,
  );
}

/** Waits for a controller that has something to train; undefined where the worker is to leave. */
async function nextStudy(
  link: QueueLink,
  leave: AbortSignal,
  unfit: ReadonlySet<string>,
): Promise<StudyForWorkers | undefined> {
  const trips = new RoundTrips(link, HELLO);
  try {
    const message = { type: 'hello' as const, protocol: PROTOCOL, worker: randomUUID(), unfit: [...unfit] };
    const left = new Promise<undefined>((resolve) => {
      leave.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    for (;;) {
      const asking = trips.ask({ ...message, host: hostname(), version: readVersion() });
      const answer = await Promise.race([asking, left]);
      if (answer === undefined) return undefined;
      if (answer.type === 'study') return answer.study;
      if (answer.type === 'noted') continue;
      throw new HpoError(
        'ERR_QUEUE',
        answer.type === 'refused' ? answer.reason : `expected a study, got '${answer.type}'`,
      );
    }
  } finally {
    await trips.close();
  }
}
