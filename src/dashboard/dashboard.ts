// What a dashboard is opened with, and how it is closed.
import type { DashboardControls, DashboardSource } from './source.js';

/** What a dashboard is drawn on: process.stderr, or a stream like it. */
export interface TerminalOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

/** Where its keys come from: process.stdin, or a stream like it. */
export interface TerminalInput {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface DashboardOptions {
  readonly source: DashboardSource;
  /** Missing where the study is only watched. */
  readonly controls?: DashboardControls;
  /** A terminal; see `suitsDashboard`. */
  readonly output?: TerminalOutput;
  readonly input?: TerminalInput;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly env?: Environment;
}

export interface Dashboard {
  /** Gives the screen back. */
  close(): void;
  /** Resolves when it is closed, or when the person leaves a study that is only watched. */
  readonly closed: Promise<void>;
}
