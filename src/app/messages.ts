// How the functions of this folder say what happens: they print nothing themselves.

/** Something that a person waits for. */
export interface Phase {
  /** Such as 'looking at images'. */
  readonly name: string;
  /** How much of it is done, where that is known. */
  readonly done?: number;
  readonly total?: number;
}

export interface Messages {
  /** What is being waited for, as often as it changes; undefined once it is over. It costs next to nothing to call. */
  readonly onPhase?: ((phase: Phase | undefined) => void) | undefined;
  /** Something takes a while: a line for people. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** Something is not as it should be, and the work goes on: a line for people. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
