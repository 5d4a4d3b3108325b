// All operations by name.
import type { Operation } from '../operation.js';
import { HpoError } from '../../study/errors.js';
import { affineOperation } from './affine.js';
import * as arithmetic from './arithmetic.js';
import { BATCH_NORM_OPERATIONS } from './batch-norm.js';
import { concatOperation, padOperation, sliceOperation } from './concat.js';
import { conv2dInputGradientOperation, conv2dKernelGradientOperation, conv2dOperation } from './conv2d.js';
import {
  depthwiseConv2dOperation,
  depthwiseInputGradientOperation,
  depthwiseKernelGradientOperation,
} from './depthwise-conv2d.js';
import * as elementwise from './elementwise.js';
import { gatherOperation, scatterSumOperation } from './gather.js';
import { gradientReversalOperation } from './gradient-reversal.js';
import { matMulOperation } from './mat-mul.js';
import { inverseDeviationOperation, normalizeOperation } from './normalize.js';
import { averagePoolOperation, maxPoolGradientOperation, maxPoolOperation } from './pool.js';
import { broadcastToOperation, reduceMeanOperation, reduceSumOperation } from './reduce.js';
import { reshapeOperation } from './reshape.js';
import { selectOperation } from './select.js';
import { logSoftmaxOperation, softmaxOperation } from './softmax.js';
import { transposeOperation } from './transpose.js';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  (
    [
      arithmetic.addOperation,
      arithmetic.subtractOperation,
      arithmetic.multiplyOperation,
      arithmetic.divideOperation,
      arithmetic.minimumOperation,
      arithmetic.maximumOperation,
      arithmetic.greaterOperation,
      elementwise.reluOperation,
      elementwise.relu6Operation,
      elementwise.sigmoidOperation,
      elementwise.swishOperation,
      elementwise.logSigmoidOperation,
      elementwise.expOperation,
      elementwise.logOperation,
      elementwise.sqrtOperation,
      elementwise.absOperation,
      elementwise.hardSigmoidOperation,
      elementwise.hardSwishOperation,
      elementwise.tanhOperation,
      elementwise.erfOperation,
      elementwise.geluOperation,
      elementwise.betweenOperation,
      elementwise.powerOperation,
      conv2dOperation,
      conv2dInputGradientOperation,
      conv2dKernelGradientOperation,
      depthwiseConv2dOperation,
      depthwiseInputGradientOperation,
      depthwiseKernelGradientOperation,
      maxPoolOperation,
      maxPoolGradientOperation,
      averagePoolOperation,
      concatOperation,
      sliceOperation,
      padOperation,
      matMulOperation,
      gradientReversalOperation,
      reduceSumOperation,
      reduceMeanOperation,
      broadcastToOperation,
      reshapeOperation,
      logSoftmaxOperation,
      softmaxOperation,
      transposeOperation,
      gatherOperation,
      scatterSumOperation,
      affineOperation,
      ...BATCH_NORM_OPERATIONS,
      normalizeOperation,
      inverseDeviationOperation,
      selectOperation,
    ] as Operation[]
  ).map((operation) => [operation.name, operation]),
);

/** The operation of that name; throws ERR_GRAPH where there is none. */
export function operationOf(name: string): Operation {
  const operation = OPERATIONS.get(name);
  if (operation === undefined)
    throw new HpoError('ERR_GRAPH', `expected one of ${[...OPERATIONS.keys()].join(', ')}, got ${name} at node`);
  return operation;
}
