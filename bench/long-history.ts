// Processor time of one suggestion after thousands of trials, of one epoch each or with most of them pruned; one study that grows, as in a night.
// Usage: npx tsx bench/long-history.ts [n …]
import { RandomStream } from '../src/math/random.js';
import { median } from '../src/math/quantile.js';
import { createSampler } from '../src/search/create-sampler.js';
import type { Sampler } from '../src/search/sampler.js';
import { HistoryLedger, HistoryView } from '../src/study/history.js';
import type { Parameters } from '../src/study/parameters.js';
import { SearchSpace } from '../src/study/space.js';
import { must } from '../src/system/must.js';
import { problems } from './sampling/problems.js';

const ASKS = 15;
const MOST_EPOCHS = 20;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000];
const { domains, regret } = must(
  problems.find(({ name }) => name === 'finetuning'),
  "a problem named 'finetuning'",
);
const objective = { metric: 'loss', direction: 'minimize' } as const;
const space = new SearchSpace(domains);

const LENGTHS = {
  'one epoch': () => 1,
  '60 % pruned': (trial: number) => (trial % 10 < 4 ? MOST_EPOCHS : 1 + ((trial * 7) % (MOST_EPOCHS - 1))),
};

function add(history: HistoryLedger, parameters: Parameters, epochs: number, isPruned: boolean): void {
  const trial = history.trials.length;
  history.apply({ type: 'asked', trial, parameters, source: 'sampler', at: 0 });
  history.apply({ type: 'started', trial, slot: 0, at: 0 });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const loss = regret(parameters) + 1 / epoch;
    history.apply({ type: 'reported', trial, report: { epoch, metrics: { loss } }, at: 0 });
  }
  const outcome = isPruned
    ? ({ status: 'pruned', epoch: epochs, reason: 'worse' } as const)
    : ({ status: 'completed' } as const);
  history.apply({ type: 'told', trial, outcome, at: 0 });
}

console.log('       n  trials          tpe ms   bayesian ms');
for (const [name, epochsOf] of Object.entries(LENGTHS)) {
  for (const size of sizes) {
    const history = new HistoryLedger(objective);
    const view = new HistoryView(history);
    const suggest = (sampler: Sampler): void => {
      const number = history.trials.length;
      const { parameters } = must(sampler.ask(view, RandomStream.of('ask', number)), 'a suggestion');
      const epochs = epochsOf(number);
      add(history, parameters, epochs, name !== 'one epoch' && epochs < MOST_EPOCHS);
    };
    const random = createSampler({ strategy: 'random' }, space, objective, 0);
    while (history.trials.length < size) suggest(random);
    const times = (['tpe', 'bayesian'] as const).map((strategy) => {
      const sampler = createSampler({ strategy }, space, objective, 0);
      suggest(sampler); // the first one of a process reads the whole history
      return median(
        Array.from({ length: ASKS }, () => {
          const before = process.cpuUsage();
          suggest(sampler);
          const { user, system } = process.cpuUsage(before);
          return (user + system) / 1000;
        }),
      );
    });
    const [tpe, bayesian] = times.map((time) => time.toFixed(1));
    console.log(`${String(size).padStart(8)}  ${name.padEnd(12)} ${tpe?.padStart(9)} ${bayesian?.padStart(13)}`);
  }
}
