// What a trained model can be written as.
import { HpoError } from '../../study/errors.js';

/** onnx: model.onnx. tfjs: model.json and weights.bin. python: a script that uses model.onnx, with that. page: one HTML file. */
export const EXPORT_FORMATS = ['onnx', 'tfjs', 'python', 'page'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const DEFAULT_FORMATS = ['onnx', 'tfjs'] as const satisfies readonly ExportFormat[];

/** The formats that are written where these are asked for: what one of them needs comes with it. @throws HpoError ERR_USAGE. */
export function writtenFormats(wanted: readonly ExportFormat[] = DEFAULT_FORMATS): readonly ExportFormat[] {
  if (wanted.length === 0) {
    throw new HpoError('ERR_USAGE', `expected one or more of ${EXPORT_FORMATS.join(', ')} as formats, got none`);
  }
  const needed = wanted.includes('python') ? (['onnx'] as const) : [];
  const all: readonly ExportFormat[] = [...wanted, ...needed];
  return EXPORT_FORMATS.filter((format) => all.includes(format));
}
