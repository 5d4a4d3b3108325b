// Records runs of the built-in trainer for the learned prior, in scripts/prior/own-runs.jsonl:
//   npx tsx scripts/record-runs.ts [--shared ../shared] [--runs FOLDER] [--only NAME,…] [--seed 1]
// Random configurations, a few epochs each, a few minutes of processor time a set. Runs stay in FOLDER, so what was cut off goes on.
// Another seed adds other configurations to those that are recorded.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeBackbone } from '../src/backbones/describe-backbone.js';
import { getBackbone } from '../src/backbones/registry.js';
import { runStudy } from '../src/app/run-study.js';
import { must } from '../src/system/must.js';
import { ownStudies } from './prior/own-studies.js';

const { values: given } = parseArgs({
  options: {
    shared: { type: 'string', default: '../shared' },
    runs: { type: 'string', default: join(tmpdir(), 'hpo-record') },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const path = fileURLToPath(new URL('prior/own-runs.jsonl', import.meta.url));

/** Set and parameters of a line. */
function configurationOf(line: string): string {
  const { set, parameters } = JSON.parse(line) as { set: string; parameters: object };
  return JSON.stringify([set, parameters]);
}

for (const { name, weights, study: own } of ownStudies(given.shared)) {
  if (given.only !== undefined && !given.only.split(',').includes(name)) continue;
  const study = { ...own, search: { ...own.search, seed: Number(given.seed) } };
  const directory = join(given.runs, `${name}-${given.seed}`);
  mkdirSync(directory, { recursive: true });
  process.env['HPO_CACHE'] = join(directory, 'cache');
  const began = process.cpuUsage();
  const { history } = await runStudy(study, { directory });
  const { user, system } = process.cpuUsage(began);
  const backbone = getBackbone(must(study.backbone?.name, 'a backbone'));
  const inputSize = study.backbone?.inputSize ?? backbone.inputSize;
  const { blocks, parameters, multiplyAccumulates } = describeBackbone(backbone, inputSize);
  const network = { name: backbone.name, weights, inputSize, blocks: blocks.length, parameters, multiplyAccumulates };
  const lines = history.trials
    .filter(({ state }) => state === 'completed')
    .map((trial) => {
      const macroF1 = trial.reports.map(({ metrics }) => Number((metrics['macroF1'] ?? 0).toFixed(4)));
      return JSON.stringify({ set: name, network, fixed: study.training, parameters: trial.parameters, macroF1 });
    });
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  const others = known.filter(
    (line) => line !== '' && !lines.some((one) => configurationOf(one) === configurationOf(line)),
  );
  writeFileSync(path, `${[...others, ...lines].join('\n')}\n`);
  console.log(`${name}: ${lines.length} runs, ${((user + system) / 1e6).toFixed(0)} s of processor time`);
}
