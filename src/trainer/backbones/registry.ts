// Every backbone by name. A new one is a file in architectures/ and a line here.
import { HpoError } from '../../study/errors.js';
import { quicknet } from './architectures/quicknet.js';
import { squeezenet } from './architectures/squeezenet.js';
import type { Backbone } from './backbone.js';

export const BACKBONES: readonly Backbone[] = [
  squeezenet, //
  quicknet,
];

/** The backbone of this name, in any case of letters. Throws ERR_BACKBONE with the list of names. */
export function getBackbone(name: string): Backbone {
  const backbone = BACKBONES.find((candidate) => candidate.name === name.toLowerCase());
  if (backbone) return backbone;
  const names = BACKBONES.map((candidate) => candidate.name).join(', ');
  throw new HpoError('ERR_BACKBONE', `expected one of ${names}, got ${JSON.stringify(name)} at backbone.name`);
}
