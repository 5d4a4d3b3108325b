// One study on a machine that works for it: prepared as `hpo run` would prepare it here, compared with what the controller has, and served.
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { QueueLink } from '../../cluster/link.js';
import { claimOf } from '../../cluster/claims.js';
import type { Answer, Attempt, MachineFacts, StudyForWorkers } from '../../cluster/messages.js';
import { type Gone, PatientTrips } from '../../cluster/patient-trips.js';
import { reportsOf } from '../../cluster/queue-names.js';
import { RoundTrips } from '../../cluster/round-trips.js';
import { type ServeEnd, TrialServer, aborted } from '../../cluster/serve-trials.js';
import type { EngineName } from '../../engines/engine.js';
import { ENGINE_NAMES } from '../../study/engine-names.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { recordedDefinition } from '../../study/schema/recorded-definition.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import type { Claim } from '../../system/claim.js';
import { type MeasuredRunner, openRunner } from '../../workers/open-runner.js';
import type { Messages } from '../messages.js';
import { kindOfMachine } from '../setup/machine.js';
import { prepareOwnTrainer } from '../setup/prepare-own-trainer.js';
import { type StudyTrainer, inputOfStudy, prepareTrainer } from '../setup/prepare-trainer.js';
import type { SlotsOptions } from '../setup/study-slots.js';
import { fetchHubModels } from '../weights/missing-weights.js';
import { allowedTrainer } from './allowed-trainer.js';
import { firstDifference } from './first-difference.js';
import { type PathMap, mapPath, mappedDefinition } from './mapped-study.js';
import { claimsBeside, isFolderOf } from './study-id.js';

export interface ServeStudyOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  readonly link: QueueLink;
  /** Trials at once. Default: as many as `hpo run` would train here. */
  readonly slots?: number | undefined;
  /** Default: the study's. */
  readonly engine?: ResourcesConfiguration['engine'] | undefined;
  readonly gpus?: ResourcesConfiguration['gpus'] | undefined;
  readonly maps: readonly PathMap[];
  /** The only trainer that this worker executes for a study: a module, or a study.json with one. */
  readonly trainer?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly leave: AbortSignal;
  readonly leaveNow: AbortSignal;
}

/** More trials than any machine has slots. */
const MANY = 1_000_000;

/** @throws HpoError what keeps this machine from taking part; the controller is told as well. */
export async function serveStudy(study: StudyForWorkers, options: ServeStudyOptions): Promise<ServeEnd> {
  const { link } = options;
  const worker = randomUUID();
  const scratch = join(tmpdir(), `hpo-worker-${worker}`);
  let server: TrialServer | undefined;
  let slots: MeasuredRunner | undefined;
  const gone = new AbortController();
  try {
    const { leave, leaveNow } = options;
    const preparing = prepared(study, options, { worker, gone });
    const trainer = await unlessLeft(preparing, AbortSignal.any([leave, gone.signal]));
    const { resources } = recordedDefinition.parse(study.definition);
    const folderOf = trialFolders(study, options, scratch);
    const opening = openRunner({
      trainer: trainer.reference,
      slots: trainer.slots,
      onLog: () => {},
      onSlotLog: (slot, line) => server?.log(slot, line),
      onWarning: (message) => server?.warn(message),
      epochTimeout: resources.epochTimeout,
      memoryPerTrial: resources.memoryPerTrial,
    });
    slots = await unlessLeft(opening, leave, (opened) => opened.close());
    const isShared = folderOf.isShared;
    server = new TrialServer({
      ...{ link, study: study.id, worker, runner: slots.runner, leave, leaveNow },
      machine: factsOf(trainer),
      folderOf: folderOf.of,
      claimOf: folderOf.claimOf,
      // The controller cares for folders that it sees.
      onOver: (folder) => {
        if (!isShared) rmSync(folderOf.of(folder), { recursive: true, force: true });
      },
    });
    const serving = server;
    slots.measure((measured) => serving.measure(measured));
    return await server.serve();
  } catch (error) {
    if (options.leave.aborted) return { type: 'left' };
    if (gone.signal.aborted) return gone.signal.reason as Gone;
    await tellUnfit(link, study, worker, error);
    throw error;
  } finally {
    await slots?.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Rejects as soon as the worker is to leave, however long `begun` takes. What comes of it later is only closed. */
export async function unlessLeft<T>(
  begun: Promise<T>,
  leave: AbortSignal,
  close: (made: T) => unknown = () => {},
): Promise<T> {
  const isDone = await Promise.race([begun.then(() => true), aborted(leave).then(() => false)]);
  if (isDone) return begun;
  begun.then(close).catch(() => {}); // nobody waits for it
  throw leave.reason;
}

interface Preparation {
  readonly worker: string;
  /** Aborted where the controller is gone before everything was compared; the reason is a `Gone`. */
  readonly gone: AbortController;
}

/** Everything that the study needs, compared with the controller's. */
async function prepared(
  study: StudyForWorkers,
  options: ServeStudyOptions,
  preparation: Preparation,
): Promise<StudyTrainer> {
  const { slots: workers = 'auto', gpus, engine, maps, offline, onProgress, onPhase } = options;
  const directory = mapPath(study.directory, maps);
  const definition = mappedDefinition(recordedDefinition.parse(study.definition), study.directory, maps);
  const resources = { ...definition.resources, ...(gpus === undefined ? {} : { gpus }) };
  const slots: SlotsOptions = { resources, workers, trials: MANY };
  if (definition.trainer !== undefined) {
    return prepareOwnTrainer(allowedTrainer(definition, study.module, options.trainer), slots);
  }
  await fetchHubModels(definition, { offline, onProgress });
  const began = ENGINE_NAMES.find((known) => known === study.engine);
  const input = { ...inputOfStudy({ definition, directory }), engine: engine ?? engineOf(began, definition.resources) };
  const trainer = await prepareTrainer(input, {
    ...{ images: study.images, slots, reuse: study.reuse, offline, onProgress, onPhase },
    ...(engine === undefined ? { began } : {}),
  });
  await compare(study, trainer, options, preparation);
  return trainer;
}

/** The study's numbers are of one engine: a worker takes it, unless its command line names another one. */
function engineOf(began: EngineName | undefined, { engine }: ResourcesConfiguration): ResourcesConfiguration['engine'] {
  return began ?? engine;
}

/** @throws HpoError ERR_DATA with the first file that differs; ERR_WEIGHTS. */
async function compare(
  study: StudyForWorkers,
  { record, settings }: StudyTrainer,
  { link, leave }: ServeStudyOptions,
  { worker, gone }: Preparation,
): Promise<void> {
  if (settings !== undefined && study.images !== undefined && record.images?.digest !== study.images) {
    const trips = new RoundTrips(link, reportsOf(study.id), { leavesNothing: true });
    const questions = new PatientTrips({
      ...{ link, study: study.id, trips },
      held: () => [],
      isOffered: () => Promise.resolve(false),
      isIndifferent: () => false,
      onGone: (what) => gone.abort(what),
    });
    try {
      const comparing = firstDifference(settings.index, {
        async pages(split) {
          const answer = await questions.ask({ type: 'pages', worker, split });
          if (answer.type === 'pages') return answer.pages;
          throw noImages(answer);
        },
        async entries(split, from) {
          const answer = await questions.ask({ type: 'entries', worker, split, from });
          if (answer.type === 'entries') return answer.page;
          throw noImages(answer);
        },
      });
      const what = await unlessLeft(comparing, AbortSignal.any([leave, gone.signal]));
      throw new HpoError(
        'ERR_DATA',
        `expected the images of the controller's machine, but ${what}: copy them, or use --map`,
      );
    } finally {
      await trips.close();
    }
  }
  if (study.weights !== undefined && record.weights !== study.weights) {
    throw new HpoError(
      'ERR_WEIGHTS',
      "expected the backbone's weights of the controller's machine, found others here: copy the file, or use --map",
    );
  }
}

function noImages({ type }: Answer): HpoError {
  return new HpoError('ERR_QUEUE', `expected the controller's images, got '${type}'`);
}

interface TrialFoldersHere {
  readonly isShared: boolean;
  readonly of: (folder: string) => string;
  readonly claimOf?: (attempt: Attempt, folder: string) => Claim;
}

/** @throws HpoError ERR_STORE where the study wants a shared folder that is not here. */
function trialFolders(study: StudyForWorkers, { maps }: ServeStudyOptions, scratch: string): TrialFoldersHere {
  const shared = mapPath(study.trials, maps);
  if (isFolderOf(shared, study.id)) {
    return {
      isShared: true,
      of: (folder) => join(shared, folder),
      claimOf: (attempt, folder) => claimOf(claimsBeside(shared), attempt, folder),
    };
  }
  if (study.files !== undefined) {
    throw new HpoError(
      'ERR_STORE',
      `expected the study's run in the shared folder, found nothing of it at ${dirname(shared)}: --files names that folder on this machine`,
    );
  }
  mkdirSync(scratch, { recursive: true });
  return { isShared: false, of: (folder) => join(scratch, 'trials', folder) };
}

function factsOf({ slots, engineName, device }: StudyTrainer): MachineFacts {
  return {
    ...{ host: hostname(), pid: process.pid, slots: slots.length, devices: slots.map(({ device }) => device) },
    kind: kindOfMachine(engineName, device),
  };
}

async function tellUnfit(link: QueueLink, study: StudyForWorkers, worker: string, error: unknown): Promise<void> {
  const trips = new RoundTrips(link, reportsOf(study.id), { leavesNothing: true });
  const told = trips.ask({ type: 'unfit', worker, host: hostname(), reason: messageOf(error) });
  await Promise.race([told.catch(() => {}), new Promise((done) => setTimeout(done, 3000).unref())]);
  await trips.close();
}
