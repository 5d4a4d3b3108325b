// Every backbone by name. A new one is a file in architectures/ and a line here.
import { HpoError } from '../study/errors.js';
import { efficientNetB0 } from './architectures/efficientnet.js';
import { inceptionV3 } from './architectures/inception.js';
import { mobileNetV2 } from './architectures/mobilenet-v2.js';
import { mobileNetV3Small } from './architectures/mobilenet-v3.js';
import { mobileNet } from './architectures/mobilenet.js';
import { quicknet } from './architectures/quicknet.js';
import { resnet152, resnet18, resnet34, resnet50, resnet50Torch } from './architectures/resnet.js';
import { squeezenet } from './architectures/squeezenet.js';
import { efficientNetB0Torch, inceptionV3Torch, mobileNetV2Torch, vgg16Torch } from './architectures/torch-forms.js';
import { vgg16 } from './architectures/vgg.js';
import type { Backbone } from './backbone.js';
import { hint } from '../system/nearest.js';

export const BACKBONES: readonly Backbone[] = [
  quicknet,
  squeezenet,
  mobileNet,
  mobileNetV2,
  mobileNetV3Small,
  efficientNetB0,
  inceptionV3,
  resnet50,
  resnet152,
  vgg16,
  resnet18,
  resnet34,
  resnet50Torch,
  mobileNetV2Torch,
  efficientNetB0Torch,
  inceptionV3Torch,
  vgg16Torch,
];

/** The backbone of this name, in any case of letters. Throws ERR_BACKBONE with the list of names. */
export function getBackbone(name: string, place = 'backbone.name'): Backbone {
  const backbone = BACKBONES.find((candidate) => candidate.name === name.toLowerCase());
  if (backbone) return backbone;
  const names = BACKBONES.map((candidate) => candidate.name);
  const got = `${JSON.stringify(name)} at ${place}${hint(name, names)}`;
  throw new HpoError('ERR_BACKBONE', `expected one of ${names.join(', ')}, got ${got}`);
}
