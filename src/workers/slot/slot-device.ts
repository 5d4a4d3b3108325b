// What a slot trains on, for people.
import type { VisibleGpu } from '../../system/visible-gpus.js';

export interface SlotDevice {
  /** Such as 'GPU 0' or 'cpu 3'. */
  readonly device: string;
  readonly gpu?: VisibleGpu;
}
