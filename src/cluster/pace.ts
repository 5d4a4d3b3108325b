// How fast a queue is looked at, and how long is waited for whoever does not answer.

/** Milliseconds. */
export interface Pace {
  /** How long a worker may be silent to the server before its trials are taken from it. */
  readonly lock: number;
  /** Between two looks for trials whose worker has gone. A trial is given to another worker after `lock` and at most twice this. */
  readonly stalled: number;
  /** How long the controller keeps a worker's question open while it has no news. */
  readonly hold: number;
  /** Without a question for so long a worker counts as gone. */
  readonly silence: number;
  /** After which a question without an answer is looked for. */
  readonly look: number;
  /** How long leaving workers are waited for at the end of a study. */
  readonly leave: number;
  /** How long a worker that has trials waits for a controller that is gone, while the server is there and still has the trials. */
  readonly patience: number;
  /** How long the reports of trials from before a restart wait for their trial to be given out again. */
  readonly adopt: number;
}

export const PACE: Pace = {
  lock: 15_000,
  stalled: 5_000,
  hold: 8_000,
  silence: 30_000,
  look: 20_000,
  leave: 5_000,
  patience: 600_000,
  adopt: 60_000,
};
