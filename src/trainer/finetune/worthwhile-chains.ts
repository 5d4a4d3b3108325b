// Which steps are taken several in one run (graph/chained.ts). bench/chains.ts measures it.
import { multiplyAccumulates } from '../../backbones/shapes.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { optimizerOf } from './optimizers.js';
import { type Tail, trainedParameters } from './tail.js';
import type { StepOptions } from './tail-graphs.js';

/** Steps of one run. More of them gain little, and take longer to compile. */
export const LINKS = 4;

/** Bytes that a step updates for each multiplication of its forward pass: below it handing them over takes no noticeable part. */
const LEAST_BYTES_PER_MULTIPLICATION = 0.003;

/** Multiplications of a chain's forward passes, some seconds of one core: nothing is told and nobody can interrupt while it runs. */
const MOST_MULTIPLICATIONS = 40e9;

/** Whether steps of so many images gain by it. */
export function paysInChains(tail: Tail, batch: number, { optimizer }: StepOptions): boolean {
  if (tail.depth === 0) return false;
  const macs = multiplyAccumulates(tail.backbone, tail.inputSize).slice(-tail.depth);
  const multiplications = batch * macs.reduce((sum, one) => sum + one, 0);
  const numbers = trainedParameters(tail).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = 4 * numbers * (1 + optimizerOf(optimizer).slots.length);
  return bytes > LEAST_BYTES_PER_MULTIPLICATION * multiplications && LINKS * multiplications < MOST_MULTIPLICATIONS;
}
