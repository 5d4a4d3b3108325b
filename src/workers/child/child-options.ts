// What a slot's child process is started with. Plain data: it crosses threads.

export interface ChildOptions {
  /** Set in its environment, over what this process has. */
  readonly env: Readonly<Record<string, string>>;
  readonly memory: ChildMemory;
}

/** Bytes of resident memory. */
export interface ChildMemory {
  /** More than this ends the trial. Missing: no limit. */
  readonly limit?: number;
  /** While the machine is short of memory, more than this ends the trial. */
  readonly share: number;
  /** The machine is short of memory when less than this is left. */
  readonly reserve: number;
}
