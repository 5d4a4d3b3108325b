// The trainer of checkpointing-trainer.mjs as a program: `node command.mjs --x=0.5`. Half of the trials wait for verdicts and have checkpoints.
import process from 'node:process';
import { createInterface } from 'node:readline';
import train, { EPOCHS, afterEpoch, beginningOf } from './train.mjs';

const { HPO_TRIAL, HPO_SEED, HPO_DIRECTORY, HPO_PARAMETERS, HPO_FOLD } = process.env;
const parameters = JSON.parse(HPO_PARAMETERS);
const [given] = process.argv.slice(2);
if (given !== `--x=${parameters.x}`) throw new Error(`expected --x=${parameters.x}, got ${given}`);
const assignment = {
  ...{ trial: Number(HPO_TRIAL), seed: Number(HPO_SEED), directory: HPO_DIRECTORY, parameters },
  fold: HPO_FOLD === undefined ? undefined : JSON.parse(HPO_FOLD),
};

if (parameters.kind === 'a') {
  const verdicts = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for await (const report of train(assignment)) {
    say(report);
    const { value } = await verdicts.next();
    if (value !== 'continue') break;
  }
} else {
  // It runs ahead, so it starts over whenever it is started.
  for (let at = beginningOf(assignment); at.epoch < EPOCHS;) {
    at = afterEpoch(at, assignment);
    say(at.report);
  }
}
process.exit();

function say(report) {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
