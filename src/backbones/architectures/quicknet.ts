// QuickNet, the project's own small network for 64×64 images: residual convolutions without normalisation.
import type { Backbone } from '../backbone.js';
import { activation, block, conv, merge, type Draft } from '../layers.js';

/** Halves the resolution by a strided 3×3 convolution. */
function down(name: string, filters: number): Draft {
  return conv(`${name}/down`, filters, 3, { stride: 2, activation: 'relu' });
}

/**
 * Adds two 3×3 convolutions to their input. The second starts at zero, so that a fresh network is a plain shallow one whose signal
 * neither grows nor fades with depth; this stands in for BatchNorm (Zhang, Dauphin, Ma 2019, "Fixup Initialization").
 */
function residual(name: string, filters: number, input: string): readonly Draft[] {
  return [
    conv(`${name}/conv1`, filters, 3, { activation: 'relu', input }),
    conv(`${name}/conv2`, filters, 3, { initialiser: 'zeros' }),
    merge('add', `${name}/add`, [input, `${name}/conv2`]),
    activation(`${name}/out`, 'relu'),
  ];
}

export const quicknet: Backbone = {
  name: 'quicknet',
  inputSize: 64,
  minimumSize: 16,
  preprocessing: 'tf',
  initialiser: 'he',
  blocks: [
    block('stem', [conv('stem/conv', 24, 3, { stride: 2, activation: 'relu' })]),
    block('stage2', [down('stage2', 48), ...residual('stage2', 48, 'stage2/down')]),
    block('stage3', [down('stage3', 96)]),
    block('stage4', residual('stage4', 96, 'input')),
    block('stage5', [down('stage5', 128)]),
    block('stage6', [
      conv('stage6/squeeze', 48, 1, { activation: 'relu' }),
      conv('stage6/expand1x1', 64, 1, { activation: 'relu', input: 'stage6/squeeze' }),
      conv('stage6/expand3x3', 64, 3, { activation: 'relu', input: 'stage6/squeeze' }),
      merge('concat', 'stage6/concat', ['stage6/expand1x1', 'stage6/expand3x3']),
    ]),
  ],
  pretrained: { kind: 'embedded', file: 'quicknet.safetensors' },
};
