// The activations of each architecture against Keras's.
import { describe, it } from 'vitest';
import { hasGolden } from './golden.js';
import { expectGolden } from './golden-runs.js';

describe.skipIf(!hasGolden)("Keras's activations (needs ../shared/golden)", () => {
  it.each(['onnx', 'wasm'] as const)('squeezenet1.1 with its pre-trained weights on %s', (engine) =>
    expectGolden('squeezenet1.1', engine),
  );

  it.each(['mobilenet', 'mobilenetv2', 'efficientnetb0'] as const)('%s on onnx', (name) => expectGolden(name, 'onnx'));
});
