// What is being waited for before there is anything else to see: a line that moves in place, or lines at a bounded rate.
import type { Phase } from '../app/messages.js';
import { formatDuration } from '../system/format.js';
import type { Outlet } from './terminal.js';

/** Milliseconds between two looks; from which on a phase is worth mentioning; and between two lines where nothing can be drawn over. */
const TICK = 200;
const [WORTH_DRAWING, WORTH_A_LINE, LINE_EVERY] = [400, 2000, 5000] as const;
const BAR = 20;

export interface Preparation {
  /** Undefined once nothing is waited for. */
  readonly onPhase: (phase: Phase | undefined) => void;
  /** Takes the moving line away for something that stays. */
  readonly around: (write: () => void) => void;
}

/** @param clock milliseconds. */
export function preparationOn(err: Outlet, clock: () => number = () => performance.now()): Preparation {
  let phase: Phase | undefined;
  let [beganAt, saidAt] = [0, 0];
  let isDrawn = false;
  let timer: NodeJS.Timeout | undefined;
  const clear = (): void => {
    if (isDrawn) err.replace('');
    isDrawn = false;
  };
  const look = (): void => {
    if (phase === undefined) return;
    const waited = clock() - beganAt;
    if (err.isTerminal) {
      if (waited < WORTH_DRAWING) return;
      isDrawn = true;
      err.replace(drawn(phase, waited, err));
    } else if (waited >= WORTH_A_LINE && clock() - saidAt >= LINE_EVERY) {
      saidAt = clock();
      err.line(inWords(phase, waited));
    }
  };
  return {
    onPhase(next) {
      if (next?.name !== phase?.name) {
        beganAt = clock();
        saidAt = -Infinity;
      }
      phase = next;
      if (next === undefined) {
        clear();
        clearInterval(timer);
        timer = undefined;
      } else timer ??= setInterval(look, TICK).unref();
    },
    around(write) {
      clear();
      write();
    },
  };
}

/** "looking at images: 340 of 1200, 6s". */
function inWords({ name, done, total }: Phase, waited: number): string {
  const count = done === undefined || total === undefined ? '' : `: ${done} of ${total}`;
  return `${name}${count}, ${formatDuration(Math.round(waited / 1000))}`;
}

function drawn(phase: Phase, waited: number, { style, columns }: Outlet): string {
  const { done, total } = phase;
  const text = inWords(phase, waited);
  if (done === undefined || total === undefined || columns < text.length + BAR + 4) return text.slice(0, columns - 1);
  const filled = Math.round((BAR * done) / Math.max(1, total));
  return `[${style.bold('#'.repeat(filled))}${'.'.repeat(BAR - filled)}] ${text}`;
}
