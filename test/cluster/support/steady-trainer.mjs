// A trainer of trials that take a while, with checkpoints: five epochs whose values follow from x alone.
// `HPO_TEST_PAUSE`: milliseconds of an epoch. `HPO_TEST_HOLD`: a file; trials from the number in it on wait before their third epoch.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE = Number(process.env.HPO_TEST_PAUSE ?? 20);

export default async function* train({ parameters, directory }, context) {
  const file = join(directory, 'epoch');
  // The last epoch is told again: nobody may have heard of it.
  for (let epoch = Math.max(1, load(file)); epoch <= 5; epoch++) {
    await delay(PAUSE);
    while (epoch === 3 && isHeld(Number(basename(directory)))) {
      await delay(20);
      context.signal.throwIfAborted();
    }
    context.signal.throwIfAborted();
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${file}.new`, String(epoch));
    renameSync(`${file}.new`, file);
    yield { epoch, metrics: { score: parameters.x - 1 / epoch } };
  }
}

function isHeld(trial) {
  const file = process.env.HPO_TEST_HOLD;
  if (file === undefined) return false;
  try {
    return trial >= Number(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

function load(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
