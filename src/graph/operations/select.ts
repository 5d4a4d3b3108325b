// One of two arrays as a whole, by a number that is computed.
import type { GraphBuilder } from '../builder.js';
import { dim, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import { ELEMENT_TYPE } from '../onnx/emitter.js';
import type { Operation } from '../operation.js';
import { multiply, subtract } from './arithmetic.js';
import { broadcastTo } from './reduce.js';
import { reshape } from './reshape.js';

type Choice = readonly [condition: Value, yes: Value, no: Value];

export const selectOperation: Operation<object, Choice> = {
  name: 'select',
  infer([condition, yes, no]) {
    const isOne = condition.shape.every((size, i) => size === 1 || size === yes.shape[i]);
    if (!isOne) throw graphError('select', 'a condition []', `[${condition.shape.join(', ')}]`);
    expectShape('select', no, yes.shape, 'an alternative');
    if (yes.role !== no.role) throw graphError('select', `an alternative of role ${yes.role}`, no.role);
    return { shape: yes.shape, role: yes.role };
  },
  // The number that chooses has none.
  gradient: (g, { inputs: [condition] }, dy) => [
    undefined,
    multiply(g, dy, condition),
    multiply(g, dy, subtract(g, g.scalar(1), condition)),
  ],
  vmap(g, { inputs: [condition, yes] }, [c, y, n], copies) {
    const inCopies = (value: Value): Value =>
      value.shape.length > yes.shape.length
        ? value
        : broadcastTo(g, reshape(g, value, [1, ...value.shape]), [copies, ...value.shape]);
    const isMapped = c.shape.length > condition.shape.length;
    const ones = new Array<number>(yes.shape.length).fill(1);
    const chosen = isMapped ? reshape(g, c, [dim(c, 0), ...ones]) : c;
    return g.add(selectOperation, [chosen, inCopies(y), inCopies(n)], {});
  },
  tfjs: ({ tf }, [condition, yes, no]) => tf.where(tf.broadcastTo(tf.greater(condition, 0), yes.shape), yes, no),
  onnx(emitter, [condition, yes, no], { inputs: [, a, b] }) {
    const isYes = emitter.emit('Cast', [condition], { to: ELEMENT_TYPE.bool });
    return emitter.emit('Where', [isYes, yes, emitter.conform(no, b, a)]);
  },
  torch: (emitter, [condition, yes, no]) =>
    emitter.emit(`torch.where(${emitter.tensor(condition)} > 0, ${yes}, ${no})`),
};

/** `yes` where the scalar `condition` is 1, `no` where it is 0, whatever numbers the other holds: also ones that are not finite. */
export function select(g: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  return g.add(selectOperation, [condition, yes, no], {});
}
