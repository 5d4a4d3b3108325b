// Trains nothing, but carries state from epoch to epoch through checkpoints, as a real trainer does.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export default async function* train({ trial, parameters, seed, directory }) {
  let { epoch, state, report } = load(directory) ?? { epoch: 0, state: seed * 1000 + trial };
  if (report !== undefined) yield report; // may be known already; the study drops it then
  while (epoch < 8) {
    epoch++;
    await setTimeout(2);
    state = (state * 1103515245 + 12345) % 2147483648;
    report = { epoch, metrics: { score: parameters.x + epoch / 10 + state / 2147483648 }, seconds: Math.random() };
    save(directory, { epoch, state, report });
    yield report;
  }
}

function load(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, 'checkpoint.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Beside, then renamed into place: a kill leaves the old checkpoint or the new one. */
function save(directory, checkpoint) {
  const path = join(directory, 'checkpoint.json');
  writeFileSync(`${path}.new`, JSON.stringify(checkpoint));
  renameSync(`${path}.new`, path);
}
