// Fetches the weights that a study needs and that are not on this machine yet.
import { ownWeightsNotFound, weightsPlace } from '../../backbones/backbone-weights.js';
import type { Backbone } from '../../backbones/backbone.js';
import { cachedModel, modelNotFound, pullModel } from '../../backbones/download/hub/hub-cache.js';
import { isHubName, parseHubName } from '../../backbones/download/hub/hub-name.js';
import { pullWeights } from '../../backbones/download/pretrained-cache.js';
import { backboneChoices, weightsFor } from '../../study/schema/backbone-schema.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { Messages } from '../messages.js';
import type { CheckedBackbone } from '../setup/check-backbone.js';
import { downloadProgress } from './download-progress.js';

export interface MissingWeightsOptions extends Pick<Messages, 'onProgress'> {
  /** Fetches nothing. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether the environment forbids downloads: HPO_OFFLINE is set, and not to 0. */
export function isOffline(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return !['', '0', 'false'].includes(env['HPO_OFFLINE'] ?? '');
}

/** Of the Hub's own client: the same for models of the hub. */
function isHubOffline(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return !['', '0', 'false'].includes(env['HF_HUB_OFFLINE'] ?? '');
}

/**
 * Downloads the own weights of the backbones that start from them, and weights that a study names on the hub, where they are missing, and
 * says so.
 * @throws HpoError ERR_WEIGHTS, saying what to do: offline, or where the download fails.
 */
export async function fetchMissingWeights(
  backbones: readonly CheckedBackbone[],
  options: MissingWeightsOptions,
): Promise<void> {
  for (const { backbone, choice } of backbones) {
    if (choice.weights === undefined) await fetchOwn(backbone, options);
    else if (isHubName(choice.weights)) await fetchHubModel(choice.weights, options);
  }
}

async function fetchOwn(
  backbone: Backbone,
  { offline = isOffline(), signal, onProgress }: MissingWeightsOptions,
): Promise<void> {
  if (weightsPlace(backbone) !== 'download') return;
  if (offline) throw ownWeightsNotFound(backbone, 'offline');
  onProgress?.(`backbone ${backbone.name}: its weights are not on this machine yet; downloading them, once`);
  await pullWeights(backbone, {
    signal,
    onProgress: downloadProgress(backbone.name, onProgress),
    onWait: () => onProgress?.(`backbone ${backbone.name}: another process is downloading its weights; waiting for it`),
  });
}

/**
 * Downloads the models of the hub that a study names as backbones or as weights, where they are missing. They must be here before the
 * backbones can be checked.
 */
export async function fetchHubModels(
  { backbone, space }: Pick<StudyDefinition, 'backbone' | 'space'>,
  options: MissingWeightsOptions,
): Promise<void> {
  const names = backboneChoices(space) ?? (backbone?.name === undefined ? [] : [backbone.name]);
  const weights = names.flatMap((name) => (backbone === undefined ? [] : [weightsFor(backbone, name) ?? '']));
  for (const text of new Set([...names, ...weights])) if (isHubName(text)) await fetchHubModel(text, options);
}

/** Makes sure that a model of the hub is on this machine. One that is there is taken as it is. @throws HpoError ERR_WEIGHTS. */
export async function fetchHubModel(
  text: string,
  { offline = isOffline() || isHubOffline(), signal, onProgress }: MissingWeightsOptions,
): Promise<void> {
  const name = parseHubName(text);
  if (cachedModel(name) !== undefined) return;
  if (offline) throw modelNotFound(name, 'offline');
  onProgress?.(`${text} is not on this machine yet; downloading it, once`);
  await pullModel(name, {
    signal,
    onNote: onProgress,
    onFile: (path) => downloadProgress(path, onProgress),
    onWait: () => onProgress?.(`${text}: another process is downloading it; waiting for it`),
  });
}
