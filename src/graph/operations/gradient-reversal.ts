// Gradient reversal: what comes after it is minimised by its own weights and maximised by those before it.
import type { GraphBuilder } from '../builder.js';
import type { Value } from '../graph.js';
import type { Binary, Operation } from '../operation.js';
import { multiply } from './arithmetic.js';
import { graphError, describe } from '../checks.js';
import { negate } from './elementwise.js';

export const gradientReversalOperation: Operation<object, Binary> = {
  name: 'gradientReversal',
  infer([{ shape, role }, factor]) {
    if (factor.shape.length > 0) throw graphError('gradientReversal', 'a factor []', describe(factor));
    return { shape, role };
  },
  gradient: (g, { inputs: [, factor] }, dy) => [negate(g, multiply(g, dy, factor)), undefined],
  // Gradients are taken before, so that the identity is left.
  vmap: (_, __, [x]) => x,
  tfjs: ({ tf }, [x]) => tf.clone(x),
  onnx: (emitter, [x]) => emitter.emit('Identity', [x]),
  // x + factor · 0: the identity, of which autograd sees −factor · x alone.
  torch: (emitter, [x, factor]) => {
    const fixed = emitter.emit(`${emitter.tensor(x)}.detach()`);
    return emitter.emit(`${fixed} + ${factor} * (${fixed} - ${emitter.tensor(x)})`);
  },
};

/** x itself; its gradient is that of the output times −factor (Ganin et al. 2016, section 4.2). The factor is [], and has no gradient. */
export const gradientReversal = (g: GraphBuilder, x: Value, factor: Value): Value =>
  g.add(gradientReversalOperation, [x, factor], {});
