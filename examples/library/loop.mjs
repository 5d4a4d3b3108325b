// Your own loop: ask for parameters, train as you like, report each epoch, stop when the pruner says so.
import { createStudy } from 'hpo';

const study = await createStudy({
  name: 'descent',
  space: {
    rate: { type: 'float', min: 1e-3, max: 2, scale: 'log' },
    momentum: { type: 'float', min: 0, max: 0.99 },
    nesterov: { type: 'choice', values: [true, false] },
  },
  search: { strategy: 'bayesian', seed: 7 },
  pruner: { type: 'median', startupTrials: 5, minEpochs: 3 },
  objective: { metric: 'loss', direction: 'minimize' },
  trials: 30,
  epochs: 20,
});

for (let trial; (trial = study.ask());) {
  for (const loss of descend(trial.parameters)) {
    trial.report(loss.epoch, { loss: loss.value });
    if (trial.shouldPrune()) break;
  }
  study.tell(trial); // completed, pruned or diverged: that follows from the reports
}

const { best, trials } = study;
const pruned = trials.filter(({ state }) => state === 'pruned').length;
console.log(`${trials.length} trials, ${pruned} of them pruned`);
console.log(`best: trial ${best.number}, loss ${best.best.value.toExponential(1)}, ${JSON.stringify(best.parameters)}`);
await study.close();

/** Twenty epochs of gradient descent into the valley of x² + 10 y². */
function* descend({ rate, momentum, nesterov }) {
  let [x, y, vx, vy] = [3, 2, 0, 0];
  for (let epoch = 1; epoch <= 20; epoch++) {
    const ahead = nesterov ? momentum : 0;
    vx = momentum * vx - (rate / 10) * 2 * (x + ahead * vx);
    vy = momentum * vy - (rate / 10) * 20 * (y + ahead * vy);
    [x, y] = [x + vx, y + vy];
    yield { epoch, value: x * x + 10 * y * y };
  }
}
