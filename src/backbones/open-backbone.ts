// The backbone that is meant: one that is described here, by its name, or a model file.
import type { BackboneConfiguration } from '../study/schema/backbone-schema.js';
import type { Backbone } from './backbone.js';
import { openModelFile } from './model-file/open-model-file.js';
import { getBackbone } from './registry.js';

/** Which backbone, and how it is to be read. */
export interface WantedBackbone extends Pick<BackboneConfiguration, 'output' | 'pool' | 'preprocessing'> {
  readonly name: string;
  /** The absolute path of a model file that is the backbone. */
  readonly file?: string | undefined;
  readonly inputSize?: number | undefined;
}

/** @throws HpoError ERR_BACKBONE where there is none of this name, ERR_WEIGHTS where its file is damaged. */
export function openBackbone({ name, file, ...options }: WantedBackbone, place?: string): Backbone {
  return file === undefined ? getBackbone(name, place) : openModelFile(name, file, options);
}
