// The networks of the recorded fine-tunings: sizes as timm lists them.
import type { NetworkFacts } from '../../src/search/prior/terms.js';

type Facts = readonly [
  parameters: number,
  multiplyAccumulates: number,
  inputSize: number,
  kind: NonNullable<NetworkFacts['kind']>,
];

const NETWORKS: Readonly<Record<string, Facts>> = {
  edgenext_xx_small: [1.3, 0.26, 256, 'hybrid'],
  edgenext_x_small: [2.3, 0.54, 256, 'hybrid'],
  edgenext_small: [5.6, 1.26, 256, 'hybrid'],
  dla46x_c: [1.1, 0.54, 224, 'convolutional'],
  mobilevit_xxs: [1.3, 0.42, 256, 'hybrid'],
  mobilevit_xs: [2.3, 1.05, 256, 'hybrid'],
  mobilevitv2_075: [2.9, 1.05, 256, 'hybrid'],
  xcit_nano_12_p8_384_dist: [3.05, 6.34, 384, 'transformer'],
  xcit_tiny_12_p8_384_dist: [6.7, 14.1, 384, 'transformer'],
  xcit_tiny_24_p8_384_dist: [12.1, 27.1, 384, 'transformer'],
  xcit_small_12_p8_384_dist: [26.2, 54.9, 384, 'transformer'],
  deit3_small_patch16_384_in21ft1k: [22.2, 15.5, 384, 'transformer'],
  convnext_small_384_in22ft1k: [50.2, 25.6, 384, 'convolutional'],
  volo_d1_384: [26.8, 22.7, 384, 'transformer'],
  volo_d3_448: [86.6, 96.3, 448, 'transformer'],
  volo_d4_448: [193.4, 197.1, 448, 'transformer'],
  volo_d5_448: [295.9, 315.1, 448, 'transformer'],
  volo_d5_512: [296.1, 425.1, 512, 'transformer'],
  beit_base_patch16_384: [86.7, 55.5, 384, 'transformer'],
  beit_large_patch16_512: [305.7, 362.2, 512, 'transformer'],
  tf_efficientnet_b4_ns: [19.3, 4.5, 380, 'convolutional'],
  tf_efficientnet_b6_ns: [43, 19.4, 528, 'convolutional'],
  tf_efficientnet_b7_ns: [66.3, 38.3, 600, 'convolutional'],
  swinv2_base_window12to24_192to384_22kft1k: [87.9, 55.2, 384, 'transformer'],
};

/** Of another network only the name. */
export function networkFacts(name: string): NetworkFacts {
  const facts = NETWORKS[name];
  if (facts === undefined) return { name };
  const [parameters, multiplyAccumulates, inputSize, kind] = facts;
  return { name, parameters, multiplyAccumulates, inputSize, kind };
}
