// The activations of the heavy architectures against Keras's, tens to hundreds of megabytes of weights each.
import { describe, it } from 'vitest';
import { hasGolden } from './golden.js';
import { expectGolden } from './golden-runs.js';

describe.skipIf(!hasGolden)("Keras's activations (needs ../shared/golden)", () => {
  it.each(['vgg16', 'resnet50', 'resnet152', 'inceptionv3'] as const)('%s on onnx', (name) =>
    expectGolden(name, 'onnx'),
  );

  it.each(['mobilenetv2', 'efficientnetb0', 'resnet50', 'inceptionv3'] as const)('%s on wasm', (name) =>
    expectGolden(name, 'wasm'),
  );
});
