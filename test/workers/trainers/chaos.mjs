// A trainer of two epochs whose second goes wrong as its parameters say.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as immediate } from 'node:timers/promises';

export default async function* train(assignment) {
  const { behaviour } = assignment.parameters;
  yield { epoch: 1, metrics: { f1: 0.5 } };
  await misbehave(behaviour, assignment);
  yield { epoch: 2, metrics: { f1: behaviour === 'nan' ? NaN : 0.6 } };
}

async function misbehave(behaviour, assignment) {
  switch (behaviour) {
    case 'throw':
      throw new TypeError('broke');
    case 'diverge':
      throw Object.assign(new Error('loss is Infinity'), { code: 'ERR_DIVERGED' });
    case 'allocate':
      return new Float64Array(2 ** 52);
    case 'exit':
      return process.exit(3);
    case 'segfault':
      return process.kill(process.pid, 'SIGSEGV');
    case 'unlucky': {
      const mark = join(assignment.directory, 'mark');
      if (existsSync(mark)) return undefined;
      writeFileSync(mark, '');
      return process.kill(process.pid, 'SIGSEGV');
    }
    case 'reject':
      void Promise.reject(new Error('nobody waits for this'));
      return new Promise(() => {});
    case 'hang':
      return new Promise(() => {});
    case 'spin':
      for (;;);
    case 'fillHeap':
      for (const kept = []; ;) kept.push(new Array(100_000).fill(1));
    case 'fillMemory':
      for (const kept = []; ; await immediate()) kept.push(new Uint8Array(2 ** 23).fill(1));
  }
}
