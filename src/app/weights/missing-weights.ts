// Fetches the weights that a study needs and that are not on this machine yet.
import { ownWeightsNotFound, weightsPlace } from '../../backbones/backbone-weights.js';
import { pullWeights } from '../../backbones/download/pretrained-cache.js';
import type { Messages } from '../messages.js';
import type { CheckedBackbone } from '../setup/check-backbone.js';
import { downloadProgress } from './download-progress.js';

export interface MissingWeightsOptions extends Pick<Messages, 'onProgress'> {
  /** Fetches nothing. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether the environment forbids downloads: HPO_OFFLINE is set, and not to 0. */
export function isOffline(env: NodeJS.ProcessEnv = process.env): boolean {
  return !['', '0', 'false'].includes(env['HPO_OFFLINE'] ?? '');
}

/**
 * Downloads the own weights of the backbones that start from them, where they are missing, and says so.
 * @throws HpoError ERR_WEIGHTS, saying what to do: offline, or where the download fails.
 */
export async function fetchMissingWeights(
  backbones: readonly CheckedBackbone[],
  { offline = isOffline(), signal, onProgress }: MissingWeightsOptions,
): Promise<void> {
  const missing = backbones.filter(
    ({ backbone, choice }) => choice.weights === undefined && weightsPlace(backbone) === 'download',
  );
  for (const { backbone } of missing) {
    if (offline) throw ownWeightsNotFound(backbone, 'offline');
    onProgress?.(`backbone ${backbone.name}: its weights are not on this machine yet; downloading them, once`);
    await pullWeights(backbone, {
      signal,
      onProgress: downloadProgress(backbone.name, onProgress),
      onWait: () =>
        onProgress?.(`backbone ${backbone.name}: another process is downloading its weights; waiting for it`),
    });
  }
}
