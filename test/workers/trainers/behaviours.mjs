// A trainer that does what its parameters say: every way in which a trial can go, for the runners' contract tests.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';

export default async function* train(assignment, context) {
  const { behaviour, epochs = 3 } = assignment.parameters;
  const first = behaviour === 'resume' ? assignment.reported + 1 : 1;
  try {
    for (let epoch = first; epoch <= epochs; epoch++) {
      if ((await misbehave(assignment.parameters, epoch, context)) === 'given up') return;
      if (behaviour === 'share') yield { epoch, metrics: { score: context.share() } };
      else
        yield behaviour === 'nonsense' ? 3 : { epoch, metrics: { score: epoch / 10 + assignment.trial }, seconds: 0.5 };
    }
  } finally {
    if (behaviour === 'hangingCleanup') for (;;);
    cleanUp(assignment);
  }
}

function cleanUp(assignment) {
  const { parameters } = assignment;
  if (parameters.behaviour !== 'folderless') writeFileSync(join(assignment.directory, 'freed'), '');
  if (parameters.behaviour === 'badCleanup') throw new Error('cleanup broke');
}

async function misbehave({ behaviour, code }, epoch, context) {
  if (behaviour === 'log') context.log(`epoch ${epoch}`);
  if (behaviour === 'warn') context.warn(`epoch ${epoch} is odd`);
  if (behaviour === 'oddWarn' && epoch === 1) {
    for (const said of [new Error('no text'), undefined, { a: 1 }, 'x'.repeat(3000)]) context.warn(said);
    context.log(Symbol('s'));
  }
  if (behaviour === 'pid') context.log(String(process.pid));
  if (behaviour === 'send') {
    process.send?.('ready');
    process.send?.({ type: 'trained' });
    process.send?.(null);
    process.send?.({ hpo: null });
    process.send?.({ hpo: { type: 'trained' } });
  }
  if (behaviour === 'print') console.log('printed', epoch);
  if (behaviour === 'slow') {
    for (let step = 1; step <= 8; step++) {
      await delay(450);
      context.progress(step / 8);
    }
  }
  if (epoch !== 2) return;
  if (behaviour === 'throw') throw new TypeError('broke in epoch 2');
  if (behaviour === 'diverge') throw Object.assign(new Error('loss is NaN'), { code: 'ERR_DIVERGED' });
  if (behaviour === 'allocate') new Float64Array(2 ** 52);
  if (behaviour === 'deviceMemory')
    throw Object.assign(new Error('no memory on device'), { code: 'ERR_OUT_OF_MEMORY' });
  if (behaviour === 'disk') throw new Error('no checkpoint', { cause: Object.assign(new Error('no'), { code }) });
  if (behaviour === 'hang') await new Promise(() => {});
  if (behaviour === 'listen') {
    context.log('listening');
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    context.log('given up');
    return 'given up';
  }
  if (behaviour === 'throwIfAborted') {
    for (;;) {
      context.signal.throwIfAborted();
      await immediate();
    }
  }
  // Only where a thread takes the blow:
  if (behaviour === 'exit') process.exit(3);
  if (behaviour === 'reject') {
    void Promise.reject(new Error('nobody waits for this'));
    await new Promise(() => {});
  }
  if (behaviour === 'spin') for (;;);
  // Only where a process of its own does:
  if (behaviour === 'stubborn') {
    process.on('SIGTERM', () => {});
    for (;;);
  }
  if (behaviour === 'segfault') process.kill(process.pid, 'SIGSEGV');
  if (behaviour === 'abort') process.abort();
  if (behaviour === 'fillMemory') {
    const kept = [];
    for (;;) {
      kept.push(new Uint8Array(2 ** 23).fill(epoch));
      await immediate();
    }
  }
  if (behaviour === 'fillHeap') {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(epoch));
  }
}
