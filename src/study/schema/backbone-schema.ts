// The backbone as study.json writes it: one, or several that the search chooses from.
import { z } from 'zod';
import type { Domain, Domains } from '../parameters.js';
import { type Problem, show } from './problems.js';

const weights = z.string().min(1);

/** Pixels: larger images take more memory than there is. */
export const MAX_INPUT_SIZE = 2048;

export const backboneSchema = z.strictObject({
  name: z.string().min(1).optional().describe('One of `hpo backbones`. Leave it out with `space.backbone`.'),
  weights: z
    .union([weights, z.record(z.string().min(1), weights)])
    .optional()
    .describe(
      "A .h5, .safetensors or model.json file, or 'random'. Default: the backbone's own pre-trained weights. With `space.backbone`: an object with a file for each name.",
    ),
  inputSize: z
    .int()
    .min(16)
    .max(MAX_INPUT_SIZE)
    .optional()
    .describe('Side of the images in pixels. Default: that of the backbone.'),
});

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
    const expected = 'an object (or your own trainer.module)';
    return [{ path: 'backbone', expected, found: 'nothing' }];
  }
  const { name, weights } = backbone;
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
