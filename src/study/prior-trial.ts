// A trial of another study, as a study begins with it.
import type { Parameters } from './parameters.js';

export interface PriorTrial {
  readonly parameters: Parameters;
  /** Its value or, where it was cut short, what that would probably have been. */
  readonly value: number;
}
