// Run by a test in a process of its own: reads trials from stdin, rebuilds their history, prints the sampler's answer.
import { readFileSync } from 'node:fs';
import { RandomStream } from '../../../src/math/random.js';
import { createSampler } from '../../../src/search/create-sampler.js';
import { HistoryLedger } from '../../../src/study/history.js';
import type { Trial } from '../../../src/study/trial.js';
import { MINIMIZE, finish, start } from '../simulation.js';
import { braninSpace } from './branin.js';

const history = new HistoryLedger(MINIMIZE);
for (const trial of JSON.parse(readFileSync(0, 'utf8')) as Trial[]) {
  start(history, trial.parameters);
  if (trial.best !== undefined) finish(history, trial.number, [trial.best.value]);
}
const sampler = createSampler({ strategy: 'bayesian' }, braninSpace, MINIMIZE, 1);
console.log(JSON.stringify(sampler.ask(history, RandomStream.of('next'))));
