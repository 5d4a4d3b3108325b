// How a model file wants its pixels: as the study says, as a file beside it says, or as ImageNet's networks usually do.
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import type { BackboneConfiguration } from '../../study/schema/backbone-schema.js';
import { readRegularFileSync } from '../../system/regular-file.js';
import type { Preprocessing } from '../backbone.js';
import { PREPROCESSING } from '../preprocessing.js';

export interface FoundPreprocessing {
  readonly preprocessing: Preprocessing;
  /** Side of the images that it was made for. */
  readonly size: number | undefined;
  readonly remarks: readonly string[];
}

const MAX_BYTES = 1e6;

const three = z.tuple([z.number(), z.number(), z.number()]);
const side = z.union([
  z.int().min(1),
  z.looseObject({ height: z.int().min(1).optional(), shortest_edge: z.int().min(1).optional() }),
]);

/** Of Hugging Face's image processors. */
const processorSchema = z.looseObject({
  do_normalize: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  do_flip_channel_order: z.boolean().optional(),
  rescale_factor: z.number().gt(0).optional(),
  image_mean: three.optional(),
  image_std: three.optional(),
  size: side.optional(),
  crop_size: side.optional(),
});

/** Of timm's config.json: `pretrained_cfg`, or its fields themselves. */
const timmFields = z.looseObject({
  mean: three.optional(),
  std: three.optional(),
  input_size: z.array(z.int()).optional(),
});
const timmSchema = timmFields.extend({ pretrained_cfg: timmFields.optional() });

/**
 * @param name of the backbone, for remarks: they are part of journals, which hold no paths of a machine.
 * @throws HpoError ERR_WEIGHTS where a file beside the model is damaged.
 */
export function preprocessingBeside(
  path: string,
  given: BackboneConfiguration['preprocessing'],
  name: string,
): FoundPreprocessing {
  if (given !== undefined) {
    const { mean, deviation, scale, order } = given;
    const preprocessing = { mean, deviation, scale, order: order === 'BGR' ? BGR : RGB };
    return { preprocessing, size: sizeBeside(path), remarks: [] };
  }
  return found(path) ?? { preprocessing: PREPROCESSING.torch, size: undefined, remarks: [WARNING(name)] };
}

const RGB = [0, 1, 2] as const;
const BGR = [2, 1, 0] as const;

const WARNING = (name: string): string =>
  `${name}: nothing says how it wants its pixels, neither backbone.preprocessing nor a preprocessor_config.json or config.json beside it; they are normalised with the mean and deviation of ImageNet`;

/** The files that may say it, whether they are there or not. */
export function preprocessingPlaces(path: string): string[] {
  return [dirname(path), dirname(dirname(path))].flatMap((folder) => [
    join(folder, 'preprocessor_config.json'),
    join(folder, 'config.json'),
  ]);
}

function sizeBeside(path: string): number | undefined {
  return found(path)?.size;
}

function found(path: string): FoundPreprocessing | undefined {
  // The hub keeps models in a folder `onnx` below these files.
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    const ofProcessor = fromProcessor(join(folder, 'preprocessor_config.json'));
    if (ofProcessor !== undefined) return ofProcessor;
    const ofTimm = fromTimm(join(folder, 'config.json'));
    if (ofTimm !== undefined) return ofTimm;
    if (!/[\\/]onnx$/.test(dirname(path))) return undefined;
  }
  return undefined;
}

function fromProcessor(file: string): FoundPreprocessing | undefined {
  const config = readJson(file, processorSchema);
  if (config === undefined) return undefined;
  const { do_normalize: normalizes = true, do_rescale: rescales = true, rescale_factor: factor = 1 / 255 } = config;
  const preprocessing: Preprocessing = {
    order: config.do_flip_channel_order === true ? BGR : RGB,
    scale: rescales ? factor : 1,
    mean: (normalizes ? config.image_mean : undefined) ?? [0, 0, 0],
    deviation: (normalizes ? config.image_std : undefined) ?? [1, 1, 1],
  };
  return { preprocessing, size: sideOf(config.crop_size) ?? sideOf(config.size), remarks: [] };
}

function sideOf(size: z.output<typeof side> | undefined): number | undefined {
  return typeof size === 'object' ? (size.height ?? size.shortest_edge) : size;
}

function fromTimm(file: string): FoundPreprocessing | undefined {
  const config = readJson(file, timmSchema);
  const { mean, std, input_size: size } = config?.pretrained_cfg ?? config ?? {};
  if (mean === undefined || std === undefined) return undefined;
  return { preprocessing: { order: RGB, scale: 1 / 255, mean, deviation: std }, size: size?.at(-1), remarks: [] };
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(readRegularFileSync(file, MAX_BYTES).toString('utf8')));
    if (parsed.success) return parsed.data;
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `expected the preprocessing of a model, got ${messageOf(cause)} at ${file}`, {
      cause,
    });
  }
}
