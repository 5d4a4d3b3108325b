// Measures what the slots of a study achieve while it runs: it looks at them often, and tells now and then.
import type { Report } from '../../study/trial.js';
import { type GpuSurvey, surveyGpus } from '../../system/nvidia-smi.js';
import { residentMemory } from '../../system/process-memory.js';
import type { Progress } from '../protocol/progress.js';
import type { PiscinaRunner } from '../piscina-runner.js';
import { type Observed, SlotMeter, type SlotUtilisation } from './slot-meter.js';
import type { SlotPlan } from './slot-plan.js';

export interface UtilisationOptions {
  readonly slots: readonly SlotPlan[];
  /** Milliseconds. */
  readonly clock?: () => number;
  readonly survey?: () => Promise<GpuSurvey>;
}

/** Milliseconds between two looks at whether a slot is busy, between two measurements, and between two questions to nvidia-smi. */
const LOOK = 200;
const MEASURE = 2000;
const SURVEY = 5000;

export class Utilisation {
  private readonly meters: readonly SlotMeter[];
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly gpus = new Map<string, NonNullable<Observed['gpu']>>();

  constructor(private readonly options: UtilisationOptions) {
    const { clock = (): number => performance.now() } = options;
    this.meters = options.slots.map((_, slot) => new SlotMeter(slot, clock));
  }

  /** For the runner's onReport and onProgress. */
  report(slot: number, report: Report, batchSize: number): void {
    this.meters[slot]?.report(report, batchSize);
  }

  progress(slot: number, progress: Progress): void {
    this.meters[slot]?.hear(progress);
  }

  /** Tells of every slot every two seconds, until `stop`. */
  start(runner: Pick<PiscinaRunner, 'state'>, onMeasured: (utilisation: SlotUtilisation) => void): void {
    const every = (milliseconds: number, action: () => void): void => {
      this.timers.push(setInterval(action, milliseconds).unref());
    };
    every(LOOK, () => runner.state().forEach(({ busy }, slot) => this.meters[slot]?.look(busy)));
    every(MEASURE, () => {
      const state = runner.state();
      this.meters.forEach((meter, slot) => onMeasured(meter.measure(this.observe(slot, state[slot]?.pid))));
    });
    if (!this.options.slots.some(({ gpu }) => gpu?.gpu !== undefined)) return;
    void this.survey();
    every(SURVEY, () => void this.survey());
  }

  /** One line for each slot, of the whole time. */
  stop(): string[] {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    return this.options.slots.map(
      ({ device }, slot) => `slot ${slot + 1} (${device}): ${this.meters[slot]?.summary()}`,
    );
  }

  private observe(slot: number, pid: number | undefined): Observed {
    const plan = this.options.slots[slot];
    const isAlone = this.options.slots.length === 1;
    const memoryBytes =
      pid !== undefined
        ? residentMemory(pid)
        : plan?.kind === 'thread' && isAlone
          ? process.memoryUsage.rss()
          : undefined;
    const gpu = this.gpus.get(plan?.gpu?.id ?? '');
    return { ...(memoryBytes === undefined ? {} : { memoryBytes }), ...(gpu === undefined ? {} : { gpu }) };
  }

  private async survey(): Promise<void> {
    const found = await (this.options.survey ?? surveyGpus)();
    if (found.status !== 'found') return this.gpus.clear();
    for (const { uuid, load, memory } of found.gpus) {
      this.gpus.set(uuid, {
        ...(load === undefined ? {} : { load }),
        ...(memory === undefined ? {} : { memoryBytes: memory.used }),
      });
    }
  }
}
