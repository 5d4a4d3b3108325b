// How many trials one GPU carries: by what several train together, and by its memory.
import { counted } from '../../system/format.js';

/** Of so many that train more together by this factor, the study takes so many: each more trial waits longer for its own end. */
const WORTH = 1.1;
const COUNTS = [2, 3, 4, 6, 8] as const;
/** Bytes that a process takes of a GPU beside its arrays: the context, the code of libraries. */
const CONTEXT = 700e6;
/** Of what is free: libraries round up. */
const USABLE = 0.9;
/** Trials of a GPU whose memory nobody tells. */
const MOST_UNTOLD = 2;

export interface GpuShareOptions {
  /** Images per second of so many processes together; undefined where they fail. */
  readonly measure: (processes: number) => Promise<number | undefined>;
  /** Bytes of the GPU that are free; missing where the system does not tell. */
  readonly free?: number | undefined;
  /** Bytes of a trial's largest step. A library keeps the memory of a step that it has captured beside that of one that it has not. */
  readonly step: number;
  /** Trials that there are for it. */
  readonly most: number;
}

export interface GpuShare {
  readonly trials: number;
  /** What was measured, for people. */
  readonly note: string;
}

export async function trialsOnGpu({ measure, free, step, most }: GpuShareOptions): Promise<GpuShare> {
  const room = free === undefined ? MOST_UNTOLD : Math.max(1, Math.floor((USABLE * free) / (CONTEXT + 2 * step)));
  const first = await measure(1);
  if (first === undefined) return { trials: 1, note: 'trialsPerGpu: 1, since the engine could not be measured' };
  let best = { trials: 1, speed: first };
  const tried = [`1 trains ${Math.round(first)} images/s`];
  for (const trials of COUNTS) {
    if (trials > Math.min(room, most)) break;
    const speed = await measure(trials);
    tried.push(speed === undefined ? `${trials} fail` : `${trials} train ${Math.round(speed)}`);
    if (speed === undefined || speed < best.speed * WORTH) break;
    best = { trials, speed };
  }
  const reason = free === undefined ? `; no more, since its memory is unknown` : `; there is memory for ${room}`;
  const bound = room < most && best.trials === room ? reason : '';
  return { trials: best.trials, note: `${counted(best.trials, 'trial')} a GPU: ${tried.join(', ')}${bound}` };
}
