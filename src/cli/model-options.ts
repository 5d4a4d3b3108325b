// Options of the commands that write a model: what as, and with weights of which type.
import type { Command } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../app/model/export-formats.js';
import { WEIGHT_TYPES, type WeightType } from '../graph/host-tensor.js';
import { HpoError } from '../study/errors.js';
import { oneOf } from '../system/nearest.js';

export interface ModelOptions {
  readonly format?: readonly ExportFormat[];
  readonly dtype?: WeightType;
}

export function addModelOptions(command: Command): Command {
  return command
    .option(
      '--format <list>',
      `${EXPORT_FORMATS.join(', ')}, or several with commas (default: onnx,tfjs)`,
      parseFormats,
    )
    .option('--dtype <type>', `how weights are stored: ${WEIGHT_TYPES.join(' or ')} (default: float32)`, parseType);
}

function parseFormats(text: string): ExportFormat[] {
  return text.split(',').map((one) => parsed('--format', EXPORT_FORMATS, one.trim()));
}

function parseType(text: string): WeightType {
  return parsed('--dtype', WEIGHT_TYPES, text);
}

function parsed<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new HpoError('ERR_USAGE', `expected ${oneOf(known, text, ` at ${option}, got`)}`);
}
