// A trainer whose process is killed while it loads, as often as a file says.
import { readFileSync, writeFileSync } from 'node:fs';

export function createTrain({ file }) {
  const left = Number(readFileSync(file, 'utf8'));
  writeFileSync(file, String(left - 1));
  if (left > 0) process.kill(process.pid, 'SIGTERM');
  return async function* () {
    yield { epoch: 1, metrics: { score: 1 } };
  };
}
