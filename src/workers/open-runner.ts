// The runner of a study's slots, with what measures them.
import type { TrialRunner } from '../study/trial-runner.js';
import type { EpochTimeout } from './slot/epoch-limits.js';
import { PiscinaRunner } from './piscina-runner.js';
import type { SlotUtilisation } from './slot/slot-meter.js';
import type { SlotPlan } from './slot/slot-plan.js';
import type { TrainerReference } from './thread/trainer-module.js';
import { Utilisation } from './slot/utilisation.js';

export interface RunnerOptions {
  readonly trainer: TrainerReference;
  readonly slots: readonly SlotPlan[];
  /** Told what trainers print, and at the end what the slots achieved. */
  readonly onLog: (line: string) => void;
  /** Told what trainers print instead, with the slot. */
  readonly onSlotLog?: (slot: number, line: string) => void;
  /** Told what a person should know of; it is in the log too. */
  readonly onWarning: (message: string) => void;
  readonly epochTimeout: EpochTimeout;
  /** GiB. */
  readonly memoryPerTrial?: number | undefined;
}

export interface MeasuredRunner {
  readonly runner: TrialRunner;
  /** Tells of every slot now and then, until it is closed. */
  readonly measure: (onMeasured: (utilisation: SlotUtilisation) => void) => void;
  readonly close: () => Promise<void>;
}

/** @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave. */
export async function openRunner({
  onLog,
  onSlotLog,
  memoryPerTrial,
  slots,
  ...options
}: RunnerOptions): Promise<MeasuredRunner> {
  const utilisation = new Utilisation({ slots });
  const runner = await PiscinaRunner.open({
    ...options,
    slots,
    onLog: onSlotLog ?? ((slot, line) => onLog(`slot ${slot + 1}: ${line}`)),
    onReport: (slot, report, batchSize) => utilisation.report(slot, report, batchSize),
    onProgress: (slot, progress) => utilisation.progress(slot, progress),
    ...(memoryPerTrial === undefined
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryPerTrial * 1024) } }),
  });
  return {
    runner,
    measure: (onMeasured) => utilisation.start(runner, onMeasured),
    close: async () => {
      for (const line of utilisation.stop()) onLog(line);
      await runner.close();
    },
  };
}
