// Runs of the built-in trainer that scripts/record-runs.ts recorded, as the prior sees them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Parameters } from '../../src/study/parameters.js';
import type { FineTuning } from '../../src/search/prior/terms.js';

const line = z.object({
  set: z.string(),
  network: z.object({
    name: z.string(),
    weights: z.enum(['photographs', 'drawings', 'none']),
    inputSize: z.number(),
    blocks: z.number(),
    parameters: z.number(),
    multiplyAccumulates: z.number(),
  }),
  fixed: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  macroF1: z.array(z.number()),
});

export interface OwnRun {
  readonly tuning: FineTuning;
  readonly parameters: Parameters;
  /** Macro F1 by epoch. */
  readonly curve: readonly number[];
  /** The best macro F1. */
  readonly value: number;
}

export interface OwnSet {
  readonly name: string;
  readonly runs: readonly OwnRun[];
}

export const OWN_RUNS = fileURLToPath(new URL('own-runs.jsonl', import.meta.url));

export function readOwnRuns(path = OWN_RUNS): OwnSet[] {
  const sets = new Map<string, OwnRun[]>();
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  for (const text of lines) {
    const { set, network, fixed, parameters, macroF1 } = line.parse(JSON.parse(text));
    const { blocks, weights, ...facts } = network;
    const run = {
      tuning: {
        fields: { ...TRAINING_DEFAULTS, ...fixed, ...parameters },
        unfrozenShare: Number(parameters['unfreezeDepth'] ?? 0) / blocks,
        network: {
          ...facts,
          kind: 'convolutional' as const,
          parameters: network.parameters / 1e6,
          multiplyAccumulates: network.multiplyAccumulates / 1e9,
          isPhotographic: weights === 'photographs',
        },
      },
      parameters,
      curve: macroF1,
      value: Math.max(...macroF1),
    };
    sets.set(set, [...(sets.get(set) ?? []), run]);
  }
  return [...sets].map(([name, runs]) => ({ name, runs }));
}
