// What a model card says of the licence of the weights.
import { expect, it } from 'vitest';
import { weightsLicence } from '../../../src/app/model/weights-licence.js';
import { getBackbone } from '../../../src/backbones/registry.js';

it.each([
  [
    { name: 'mobilenetv3small' },
    /^It began with the weights of the npm package \S+ [\d.]+\. Their licence: Apache-2\.0\.$/,
  ],
  [{ name: 'quicknet' }, /weights of hpo itself/],
  [{ name: 'quicknet', weights: 'random' }, /random weights/],
  [{ name: 'quicknet', weights: 'own.safetensors' }, /weights of own\.safetensors\. hpo does not know their licence/],
  [{ name: 'hf:nobody/no-such-model' }, /weights of hf:nobody\/no-such-model\. Their licence: not stated/],
])('%j', (configuration, sentence) => {
  const known = configuration.name.startsWith('hf:') ? 'quicknet' : configuration.name;
  expect(weightsLicence(configuration, getBackbone(known))).toMatch(sentence);
});
