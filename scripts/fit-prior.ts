// Fits the learned prior and writes src/search/prior/coefficients.ts: npx tsx scripts/fit-prior.ts [curves.json]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { fitPrior } from './prior/fit.js';
import { readRecordedRuns } from './prior/recorded-runs.js';

const [curves = '../shared/benchmarks/finetuning-curves.json'] = process.argv.slice(2);
const path = fileURLToPath(new URL('../src/search/prior/coefficients.ts', import.meta.url));
const prior = fitPrior(readRecordedRuns(curves));
const text = `// The coefficients of the learned prior, fitted by scripts/fit-prior.ts. Do not edit.
import type { PriorCoefficients } from './prior-coefficients.js';

export const COEFFICIENTS: PriorCoefficients = ${JSON.stringify(prior)};
`;
const options = await resolveConfig(path);
writeFileSync(path, await format(text, { ...options, filepath: path }));
console.log(`${path}: correlation with left-out data sets ${prior.correlation}`);
