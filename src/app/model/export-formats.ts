// What a trained model can be written as.
import type { Backbone } from '../../backbones/backbone.js';
import type { WeightType } from '../../graph/host-tensor.js';
import { HpoError } from '../../study/errors.js';

/** onnx: model.onnx. tfjs: model.json and weights.bin. python: a script that uses model.onnx, with that. page: one HTML file. */
export const EXPORT_FORMATS = ['onnx', 'tfjs', 'python', 'page'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Those that need a network of layers, each of which Keras has too. */
const LAYERED: readonly ExportFormat[] = ['tfjs', 'page'];

/**
 * The formats that are written where these are asked for: what one of them needs comes with it. Default: onnx, and tfjs where the backbone
 * can be that.
 * @throws HpoError ERR_USAGE where there are none, where the backbone is a model file without layers and one of them needs layers, or
 * where its operators run as the file has them, which is in float32, and `dtype` is another.
 */
export function writtenFormats(
  wanted: readonly ExportFormat[] | undefined,
  { name, blocks, file }: Pick<Backbone, 'name' | 'blocks' | 'file'>,
  dtype: WeightType = 'float32',
): readonly ExportFormat[] {
  if (file?.isGraph('pooled') === false && dtype !== 'float32') {
    const why = file.trainable.reason ?? 'its nodes run as they are';
    throw new HpoError('ERR_USAGE', `expected float32 for the backbone ${name}, got ${dtype}: ${why}`);
  }
  const hasLayers = blocks.every(({ layers }) => layers.length > 0);
  const formats: readonly ExportFormat[] = wanted ?? (hasLayers ? ['onnx', 'tfjs'] : ['onnx']);
  if (formats.length === 0) {
    throw new HpoError('ERR_USAGE', `expected one or more of ${EXPORT_FORMATS.join(', ')} as formats, got none`);
  }
  const impossible = hasLayers ? undefined : formats.find((format) => LAYERED.includes(format));
  if (impossible !== undefined) {
    throw new HpoError(
      'ERR_USAGE',
      `expected format onnx or python for the backbone ${name}, which is a model file, got ${impossible}`,
    );
  }
  const needed = formats.includes('python') ? (['onnx'] as const) : [];
  const all: readonly ExportFormat[] = [...formats, ...needed];
  return EXPORT_FORMATS.filter((format) => all.includes(format));
}

/**
 * The same for several models in one, which only an ONNX file holds.
 * @throws HpoError ERR_USAGE where there are none, or where one of them cannot hold it.
 */
export function ensembleFormats(wanted: readonly ExportFormat[] = ['onnx']): readonly ExportFormat[] {
  const impossible = wanted.find((format) => LAYERED.includes(format));
  if (impossible === undefined && wanted.length > 0) return [...new Set<ExportFormat>(['onnx', ...wanted])];
  throw new HpoError('ERR_USAGE', `expected format onnx or python for an ensemble, got ${impossible ?? 'none'}`);
}
