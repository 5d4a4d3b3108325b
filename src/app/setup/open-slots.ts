// The slots that a study trains in: of this machine, of the workers at a queue, or both.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Activity } from '../../controller/activity.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { HpoError } from '../../study/errors.js';
import type { StudyRecord } from '../../study/events.js';
import { isCommand } from '../../study/schema/trainer-schema.js';
import type { TrialRunner } from '../../study/trial-runner.js';
import { readVersion } from '../../system/versions.js';
import type { StudyForWorkers } from '../../cluster/messages.js';
import { checkStorable } from '../../cluster/storable.js';
import { openRunner } from '../../workers/open-runner.js';
import type { SlotDevice } from '../../workers/slot/slot-device.js';
import type { Messages } from '../messages.js';
import { pageOf, pagesOf } from '../queue/first-difference.js';
import { claimsBeside, studyIdIn } from '../queue/study-id.js';
import type { StudyTrainer } from './prepare-trainer.js';

export interface SlotsOfStudyOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  readonly trainer: StudyTrainer;
  readonly record: StudyRecord;
  /** Where relative paths of the study start. */
  readonly directory: string;
  readonly run: RunDirectory;
  /** The address of a queue. */
  readonly queue?: string | undefined;
  /** A folder that all workers see. */
  readonly files?: string | undefined;
  readonly reuse: boolean;
  /** Once aborted, no worker is waited for. */
  readonly patience?: AbortSignal | undefined;
  readonly onWarning: (message: string) => void;
}

export interface SlotsOfStudy {
  readonly runner: TrialRunner;
  /** In order, as far as they are known now. */
  readonly devices: readonly SlotDevice[];
  /** Tells what happens in the slots beside their trials, until it is closed. */
  readonly watch: (onActivity: (activity: Activity) => void) => void;
  readonly close: () => Promise<void>;
}

/** @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave; ERR_QUEUE, ERR_USAGE. */
export async function openSlots(options: SlotsOfStudyOptions): Promise<SlotsOfStudy> {
  const { trainer, record, run, queue, onWarning } = options;
  const { resources } = record.definition;
  if (queue === undefined) return openLocal();
  if (trainer.slots.length === 0) return openCluster(options, queue);
  const local = await openLocal();
  const remote = await openCluster(options, queue, local.devices.length).catch(async (error: unknown) => {
    await local.close();
    throw error;
  });
  const { MixedRunner } = await import('../../cluster/mixed-runner.js');
  const listeners: ((activity: Activity) => void)[] = [];
  const onLocal = (slot: number): void => {
    for (const listener of listeners) listener({ type: 'placed', slot, machine: hostname() });
  };
  return {
    runner: new MixedRunner(local.runner, remote.runner, onLocal),
    devices: [...local.devices, ...remote.devices],
    watch(onActivity) {
      listeners.push(onActivity);
      local.watch(onActivity);
      remote.watch(onActivity);
    },
    async close() {
      await Promise.all([local.close(), remote.close()]);
    },
  };

  async function openLocal(): Promise<SlotsOfStudy> {
    const slots = await openRunner({
      trainer: trainer.reference,
      slots: trainer.slots,
      onLog: (line) => run.log.write(line),
      onWarning,
      epochTimeout: resources.epochTimeout,
      memoryPerTrial: resources.memoryPerTrial,
    });
    return {
      runner: slots.runner,
      devices: trainer.slots,
      watch: (onActivity) => slots.measure((utilisation) => onActivity({ type: 'measured', utilisation })),
      close: slots.close,
    };
  }
}

/**
 * Connects to the queue and waits for the first worker, unless there are slots of this machine.
 * @param before slots of this machine, whose numbers come first.
 */
async function openCluster(options: SlotsOfStudyOptions, address: string, before = 0): Promise<SlotsOfStudy> {
  const { trainer, record, run, patience, onWarning, onProgress, onPhase } = options;
  const study = studyForWorkers(options);
  const { parseAddress } = await import('../../cluster/address.js');
  const { QueueLink } = await import('../../cluster/link.js');
  const { ClusterRunner } = await import('../../cluster/cluster-runner.js');
  const listeners: ((activity: Activity) => void)[] = [];
  const tell = (activity: Activity): void => listeners.forEach((listener) => listener(activity));
  const notice = (line: string): void => {
    run.log.write(line);
    if (listeners.length === 0) onProgress?.(line);
    else tell({ type: 'problem', message: line });
  };
  const parsed = parseAddress(address);
  const link = await QueueLink.open(parsed, { onProblem: (message) => notice(`queue ${parsed.shown}: ${message}`) });
  const { settings } = trainer;
  const runner = await ClusterRunner.open({
    ...{ link, study, onWarning, onNotice: notice, least: before === 0 ? 1 : 0 },
    onLog: (slot, line, machine) => run.log.write(`${machine}, slot ${slot + 1}: ${line}`),
    onPlaced: (trials, slot, { facts }) => {
      run.log.write(`${trials.length === 1 ? 'trial' : 'trials'} ${trials.join(', ')} on ${facts.host}`);
      tell({ type: 'placed', slot, machine: facts.host });
    },
    onMeasured: (slot, measured) => tell({ type: 'measured', utilisation: { ...measured, slot } }),
    ...(settings === undefined
      ? {}
      : {
          images: {
            pages: (split) => pagesOf(settings.index, split),
            entries: (split, from) => pageOf(settings.index, split, from),
          },
        }),
    maxFailuresInARow: record.definition.resources.maxFailuresInARow,
    claims: claimsBeside(study.trials),
  });
  if (before === 0) {
    onPhase?.({ name: `waiting for a worker at ${parsed.shown}` });
    await runner.waitForWorker(patience);
  }
  return {
    runner,
    devices: runner.machines
      .present()
      .flatMap(({ facts }) => facts.devices.map((device) => ({ device: `${facts.host} ${device}` }))),
    watch(onActivity) {
      listeners.push(onActivity);
      const resized = (): void => onActivity({ type: 'resized', slots: before + runner.slots });
      runner.watchSlots(resized);
      resized();
    },
    async close() {
      await runner.close();
      // Whoever comes back later finds no claim, and writes nothing.
      rmSync(claimsBeside(study.trials), { recursive: true, force: true });
    },
  };
}

/** What workers get to know. @throws HpoError ERR_USAGE where `files` does not hold the run; ERR_QUEUE where a queue cannot keep the study's text. */
function studyForWorkers({ record, directory, run, files, trainer, reuse }: SlotsOfStudyOptions): StudyForWorkers {
  const { layout, events } = run;
  const { definition, engine, images, weights } = record;
  if (files !== undefined && relative(resolve(files), layout.root).startsWith('..')) {
    throw new HpoError(
      'ERR_USAGE',
      `expected the study within the shared folder ${resolve(files)}, found its run at ${layout.root}`,
    );
  }
  const { trainer: own } = definition;
  const module = own === undefined || isCommand(own) ? undefined : trainer.reference.module;
  checkStorable(definition, 'study');
  return {
    id: studyIdIn(layout.root, events.length === 0),
    ...{ name: record.name, version: readVersion(), definition, directory, reuse },
    trials: join(layout.root, 'trials'),
    ...(files === undefined ? {} : { files: resolve(files) }),
    ...(engine === undefined ? {} : { engine }),
    ...(images === undefined ? {} : { images: images.digest }),
    ...(weights === undefined ? {} : { weights }),
    ...(module === undefined ? {} : { module: createHash('sha256').update(readFileSync(module)).digest('hex') }),
  };
}
