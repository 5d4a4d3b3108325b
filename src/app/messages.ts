// How the functions of this folder say what happens: they print nothing themselves.

export interface Messages {
  /** Something takes a while: a line for people. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** Something is not as it should be, and the work goes on: a line for people. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
