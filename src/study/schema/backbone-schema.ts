// The backbone as study.json writes it: one, or several that the search chooses from.
import { z } from 'zod';
import type { Domain, Domains } from '../parameters.js';
import { type Problem, show } from './problems.js';

const weights = z.string().min(1);

/** Pixels: larger images take more memory than there is. */
export const MAX_INPUT_SIZE = 2048;

const three = z.tuple([z.number(), z.number(), z.number()]);

/** What happens to pixels before a model file takes them: (pixel · scale − mean) / deviation. */
export const preprocessingSchema = z.strictObject({
  mean: three.describe('Subtracted from the scaled channels.'),
  deviation: z
    .tuple([z.number().gt(0), z.number().gt(0), z.number().gt(0)])
    .describe('The scaled channels are divided by it.'),
  scale: z
    .number()
    .gt(0)
    .default(1 / 255)
    .describe('Pixels from 0 to 255 are multiplied by it.'),
  order: z.enum(['RGB', 'BGR']).default('RGB').describe('Order of the channels.'),
});

export const POOLS = ['model', 'mean', 'classToken'] as const;

export const backboneSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe(
      'One of `hpo backbones`, an .onnx file, or a model of the Hugging Face hub (`hf:OWNER/NAME`). Leave it out with `space.backbone`, or where `weights` is an .onnx file.',
    ),
  weights: z
    .union([weights, z.record(z.string().min(1), weights)])
    .optional()
    .describe(
      "An .onnx, .h5, .safetensors or model.json file, or 'random'. Default: the backbone's own pre-trained weights. With `space.backbone`: an object with a file for each name.",
    ),
  inputSize: z
    .int()
    .min(16)
    .max(MAX_INPUT_SIZE)
    .optional()
    .describe('Side of the images in pixels. Default: that of the backbone.'),
  output: z
    .string()
    .min(1)
    .optional()
    .describe('Of an .onnx file: the array that is the features. Default: what enters its classifier.'),
  pool: z
    .enum(POOLS)
    .optional()
    .describe(
      'Of an .onnx file: how tokens or maps become features. Default: what the model does, else the class token of tokens with one, else the mean.',
    ),
  preprocessing: preprocessingSchema
    .optional()
    .describe(
      'Of an .onnx file. Default: as preprocessor_config.json or config.json beside it says, else that of ImageNet.',
    ),
});

/** Names of models on the Hugging Face hub begin so. */
function isHubText(text: string): boolean {
  return text.startsWith('hf:');
}

/** The ending of model files that are backbones by themselves. */
export function isModelFile(path: string | undefined): path is string {
  return path !== undefined && !isHubText(path) && /\.onnx$/i.test(path);
}

/** The name of a study's backbone: that of its file where it has no other. */
export function backboneName({ name, weights }: BackboneConfiguration): string | undefined {
  if (name !== undefined || typeof weights !== 'string') return name;
  if (isHubText(weights)) return weights;
  if (!isModelFile(weights)) return name;
  return weights.split(/[\\/]/).at(-1);
}

export type BackboneConfiguration = z.output<typeof backboneSchema>;

/** The names that a study's trials choose from; undefined where it names one. */
export function backboneChoices(space: Domains): readonly string[] | undefined {
  const domain = space['backbone'];
  return domain?.type === 'choice' ? domain.values.map(String) : undefined;
}

/** The weights that a study names for one of its backbones. */
export function weightsFor({ weights }: BackboneConfiguration, name: string): string | undefined {
  if (typeof weights !== 'object') return weights;
  return Object.hasOwn(weights, name) ? weights[name] : undefined;
}

/** What is wrong with the backbone of the built-in trainer, in itself or beside the space. */
export function backboneProblems(backbone: BackboneConfiguration | undefined, domain: Domain | undefined): Problem[] {
  return domain === undefined
    ? fixedProblems(backbone)
    : [...domainProblems(domain), ...choiceProblems(backbone, domain)];
}

function fixedProblems(backbone: BackboneConfiguration | undefined): Problem[] {
  if (backbone === undefined) {
    const expected = 'an object (or your own trainer)';
    return [{ path: 'backbone', expected, found: 'nothing' }];
  }
  const { weights } = backbone;
  const name = backboneName(backbone);
  return [
    ...(name === undefined ? [{ path: 'backbone.name', expected: 'a string', found: 'nothing' }] : []),
    ...(typeof weights === 'object'
      ? [{ path: 'backbone.weights', expected: 'a string, because there is one backbone', found: show(weights) }]
      : []),
  ];
}

function domainProblems(domain: Domain): Problem[] {
  if (domain.type !== 'choice') {
    return [{ path: 'space.backbone.type', expected: "'choice'", found: show(domain.type) }];
  }
  const values = domain.values.flatMap((value, i) =>
    typeof value === 'string'
      ? []
      : [{ path: `space.backbone.values[${i}]`, expected: 'a string', found: show(value) }],
  );
  const condition: Problem[] =
    domain.when === undefined
      ? []
      : [
          {
            path: 'space.backbone.when',
            expected: 'no condition, because every trial needs a backbone',
            found: show(domain.when),
          },
        ];
  return [...values, ...condition];
}

function choiceProblems(backbone: BackboneConfiguration = {}, domain: Domain): Problem[] {
  const { name, weights } = backbone;
  const problems: Problem[] = [];
  if (name !== undefined) {
    problems.push({
      path: 'backbone.name',
      expected: 'no value, because space.backbone searches it',
      found: show(name),
    });
  }
  if (typeof weights === 'string' && weights !== 'random') {
    const expected = "an object with a file for each backbone, or 'random', because space.backbone has several";
    problems.push({ path: 'backbone.weights', expected, found: show(weights) });
  }
  if (typeof weights === 'object' && domain.type === 'choice') {
    const known = domain.values.map(show).join(', ');
    for (const key of Object.keys(weights).filter((one) => !domain.values.includes(one))) {
      problems.push({ path: `backbone.weights.${key}`, expected: `one of ${known}`, found: show(key) });
    }
  }
  return problems;
}
