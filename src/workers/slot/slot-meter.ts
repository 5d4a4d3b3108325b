// What one slot achieved: over its last moments, for whoever watches, and over the whole session, for the log.
import { featureWorkOf, imagesPerSecond } from '../../study/reuse.js';
import type { Report } from '../../study/trial.js';
import type { Progress } from '../protocol/progress.js';
import { formatMemory, formatPercent } from '../../system/format.js';

/** What is measured in a slot right now. What is not known is missing. */
export interface SlotUtilisation {
  readonly slot: number;
  /** Share of the time since the last measurement in which a trainer worked, in [0, 1]: not waiting, and not without a trial. */
  readonly busyShare: number;
  readonly imagesPerSecond?: number;
  /** Share of the current epoch, where the trainer tells. */
  readonly epochProgress?: number;
  /** Resident memory of the process that trains the slot's trials, unless it trains other slots' as well. */
  readonly memoryBytes?: number;
  /** Of the whole GPU, whoever else is on it. */
  readonly gpu?: { readonly load?: number; readonly memoryBytes?: number };
}

/** What is asked of the system, from outside. */
export type Observed = Pick<SlotUtilisation, 'memoryBytes' | 'gpu'>;

export class SlotMeter {
  private looks = 0;
  private busyLooks = 0;
  private totalLooks = 0;
  private totalBusy = 0;
  private images = 0;
  private imagesSince: number;
  private rate: number | undefined;
  private progress: number | undefined;
  private totalImages = 0;
  private trainingSeconds = 0;
  /** Seconds in which the engine ran, where the trainer tells. */
  private running: number | undefined;
  private peakMemory = 0;
  private gpuLoads = { sum: 0, count: 0 };

  /** @param clock milliseconds. */
  constructor(
    private readonly slot: number,
    private readonly clock: () => number,
  ) {
    this.imagesSince = clock();
  }

  look(isBusy: boolean): void {
    this.looks++;
    if (isBusy) this.busyLooks++;
    else this.progress = undefined;
  }

  /** The trainer tells how far it is. */
  hear({ share, images }: Progress): void {
    this.progress = share;
    this.images += images;
  }

  /** An epoch is over. @param batchSize trials that were trained at once: each reports the time of all. */
  report(report: Report, batchSize = 1): void {
    this.progress = 0;
    const ownRate = imagesPerSecond(report);
    const work = featureWorkOf(report);
    const { seconds } = report;
    if (ownRate === undefined || work === undefined || seconds === undefined) return;
    this.rate = ownRate * batchSize;
    this.totalImages += work.needed;
    this.trainingSeconds += seconds / batchSize;
    if (work.running !== undefined) this.running = (this.running ?? 0) + work.running;
  }

  /** What was measured since the last time. */
  measure(observed: Observed): SlotUtilisation {
    const now = this.clock();
    const seconds = (now - this.imagesSince) / 1000;
    if (this.images > 0 && seconds > 0) this.rate = this.images / seconds;
    this.images = 0;
    this.imagesSince = now;
    const busyShare = this.looks === 0 ? 0 : this.busyLooks / this.looks;
    this.totalLooks += this.looks;
    this.totalBusy += this.busyLooks;
    this.looks = this.busyLooks = 0;
    this.peakMemory = Math.max(this.peakMemory, observed.memoryBytes ?? 0);
    if (observed.gpu?.load !== undefined) {
      this.gpuLoads = { sum: this.gpuLoads.sum + observed.gpu.load, count: this.gpuLoads.count + 1 };
    }
    return {
      slot: this.slot,
      busyShare,
      ...(this.rate === undefined || busyShare === 0 ? {} : { imagesPerSecond: this.rate }),
      ...(this.progress === undefined ? {} : { epochProgress: this.progress }),
      ...observed,
    };
  }

  /** "busy 93 %, 412 images/s, engine waits 20 %, at most 1.20 GiB, GPU load 71 %, waits 29 %"; what is not known is left out. */
  summary(): string {
    const { sum, count } = this.gpuLoads;
    return [
      `busy ${formatPercent(this.totalLooks === 0 ? 0 : this.totalBusy / this.totalLooks)}`,
      ...(this.trainingSeconds > 0 ? [`${Math.round(this.totalImages / this.trainingSeconds)} images/s`] : []),
      ...(this.running !== undefined && this.trainingSeconds > 0
        ? [`engine waits ${formatPercent(Math.max(0, 1 - this.running / this.trainingSeconds))}`]
        : []),
      ...(this.peakMemory > 0 ? [`at most ${formatMemory(this.peakMemory)}`] : []),
      ...(count > 0 ? [`GPU load ${formatPercent(sum / count)}, waits ${formatPercent(1 - sum / count)}`] : []),
    ].join(', ');
  }
}
