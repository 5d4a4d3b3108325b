// Ctrl-Z and SIGTSTP: the screen is given back before the process stops, and taken again once it is in the foreground.
import { readFileSync } from 'node:fs';

export interface Suspended {
  /** Gives the screen and the keyboard back to the shell. */
  readonly leave: () => void;
  /** Takes them again. */
  readonly enter: () => void;
}

/** The terminal's signals of a dashboard. Trials are not touched: threads stop with the process, and child processes wait for their verdict. */
export class Suspension {
  private away = false;
  /** Runs until a stop has taken effect, or there was none. */
  private afterStop: NodeJS.Timeout | undefined;

  constructor(private readonly screen: Suspended) {
    process.on('SIGTSTP', this.stop);
    process.on('SIGCONT', this.continue);
  }

  /** What the terminal does for Ctrl-Z where keys are not read one by one: all of the job stops, a pipeline or npx as well. */
  ask(): void {
    if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
  }

  /** To be called now and then: a job that continued in the background takes the screen once it is brought back. */
  look(): void {
    if (this.away) this.continue();
  }

  /** Whether the shell has the screen. */
  get isAway(): boolean {
    return this.away;
  }

  /** The screen is not taken again. */
  close(): void {
    clearTimeout(this.afterStop);
    this.away = false;
    process.off('SIGTSTP', this.stop);
    process.off('SIGCONT', this.continue);
  }

  private readonly stop = (): void => {
    if (!this.away) this.screen.leave();
    this.away = true;
    // Without a listener the signal does what it does by default: it stops the process, unless there is no shell to continue it.
    process.off('SIGTSTP', this.stop);
    process.kill(process.pid, 'SIGTSTP');
    clearTimeout(this.afterStop);
    this.afterStop = setTimeout(() => {
      process.off('SIGTSTP', this.stop);
      process.on('SIGTSTP', this.stop);
      this.look();
    }, AFTER_STOP);
    this.afterStop.unref();
  };

  private readonly continue = (): void => {
    if (!isForeground()) return;
    // A stop that nobody announced, by SIGSTOP, has left the terminal to the shell as well.
    if (!this.away) this.screen.leave();
    this.away = false;
    this.screen.enter();
  };
}

/** Milliseconds in which a stop takes effect. They pass once the process continues. */
const AFTER_STOP = 100;

/** Whether the terminal takes orders from this process: changing its mode from the background would stop the process again. */
function isForeground(): boolean {
  try {
    // The fields of proc_pid_stat(5) behind the name, which may contain spaces: state, ppid, pgrp, session, tty_nr, tpgid.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return group === foreground;
  } catch {
    return true; // no /proc, as on macOS
  }
}
