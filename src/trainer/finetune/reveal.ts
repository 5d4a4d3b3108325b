// Numbers on which a tail's program shows every sum that it makes: what would hide the last bits of a gradient is put aside.
import type { Given } from '../../engines/widened-program.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { HEAD_KERNEL } from './head.js';
import { optimizerOf, slotName } from './optimizers.js';
import { type StepOptions, isRateName } from './tail-graphs.js';

/** A power of two, so that it costs no bits, and so large that a parameter does not round off what is subtracted from it. */
const RATE = 2 ** 20;

/**
 * At a low rate an update is rounded to the parameter's last bit, and at the rate 0 of a warm-up it is nothing: all rates are large.
 * A moving average that is there already swallows the last bits of what is added: optimizer slots are zero. A head that is still zero
 * passes no gradient on, and makes all classes alike: it is something.
 * @param options of a training step; missing for an evaluation.
 */
export function revealing(options?: StepOptions): (given: Given) => Given {
  const slots = options === undefined ? [] : optimizerOf(options.optimizer).slots;
  const isSlot = (name: string): boolean => slots.some((slot) => name.startsWith(slotName(slot, '')));
  return ({ entries, feeds }) => ({
    entries: new Map(
      [...entries].map(([name, tensor]) => {
        if (isSlot(name)) return [name, filled(tensor, () => 0)];
        return [name, name === HEAD_KERNEL && isZero(tensor) ? filled(tensor, (i) => 1e-2 * ((i % 13) - 6)) : tensor];
      }),
    ),
    feeds: Object.fromEntries(
      Object.entries(feeds).map(([name, array]) => [name, isRateName(name) ? new Float32Array([RATE]) : array]),
    ),
  });
}

function isZero({ data }: HostTensor): boolean {
  return data.every((number) => number === 0);
}

function filled(tensor: HostTensor, value: (i: number) => number): HostTensor {
  return { ...tensor, data: tensor.data.map((_, i) => value(i)) };
}
