// What a trained model can be written as.
import type { Backbone } from '../../backbones/backbone.js';
import { HpoError } from '../../study/errors.js';

/** onnx: model.onnx. tfjs: model.json and weights.bin. python: a script that uses model.onnx, with that. page: one HTML file. */
export const EXPORT_FORMATS = ['onnx', 'tfjs', 'python', 'page'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Those that need a network of layers, each of which Keras has too. */
const LAYERED: readonly ExportFormat[] = ['tfjs', 'page'];

/**
 * The formats that are written where these are asked for: what one of them needs comes with it. Default: onnx, and tfjs where the backbone
 * can be that.
 * @throws HpoError ERR_BACKBONE where a model file has operators that run as the file has them alone; ERR_USAGE where there are none, or where the backbone is a model file without layers and one of them needs layers.
 */
export function writtenFormats(
  wanted: readonly ExportFormat[] | undefined,
  { name, blocks, file }: Pick<Backbone, 'name' | 'blocks' | 'file'>,
): readonly ExportFormat[] {
  if (file?.isGraph('pooled') === false) {
    const why = file.trainable.reason ?? 'its nodes run as they are';
    throw new HpoError(
      'ERR_BACKBONE',
      `expected a backbone that can be written as part of a model, got ${name}: ${why}`,
    );
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
