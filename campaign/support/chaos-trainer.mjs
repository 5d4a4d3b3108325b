// A trainer whose trials do what a careless or broken program does; `behaviour` says what.
import { spawn } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { setImmediate as immediate } from 'node:timers/promises';

const DETACHED = { detached: true, stdio: 'ignore' };
const IDLE = ['-e', 'setInterval(() => {}, 1000)'];

const BEHAVIOURS = {
  plain: () => {},
  throw: () => {
    throw new TypeError('broke');
  },
  hugeMessage: () => {
    throw new Error('x'.repeat(3_000_000));
  },
  throwNothing: () => {
    throw undefined;
  },
  reject: async () => {
    void Promise.reject(new Error('nobody waits for this'));
    await new Promise(() => {});
  },
  exit: () => process.exit(3),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  abort: () => process.abort(),
  nan: () => ({ score: NaN }),
  words: () => ({ score: 'high' }),
  diverge: () => {
    throw Object.assign(new Error('loss is Infinity'), { code: 'ERR_DIVERGED' });
  },
  lateThrow: () => {
    setTimeout(() => {
      throw new Error('too late');
    }, 30);
  },
  lateReject: () => {
    setTimeout(() => void Promise.reject(new Error('too late')), 30);
  },
  lateExit: () => {
    setTimeout(() => process.exit(4), 30);
  },
  detach: ({ pids }) => {
    const started = spawn(process.execPath, IDLE, DETACHED);
    started.unref();
    appendFileSync(pids, `${started.pid}\n`);
  },
  child: ({ pids }) => {
    const started = spawn(process.execPath, IDLE, { stdio: 'ignore' });
    started.unref();
    appendFileSync(pids, `${started.pid}\n`);
  },
  flood: () => {
    for (let line = 0; line < 20_000; line++) console.log('\u001b[2J\u202eline', line, 'x'.repeat(80));
  },
  send: () => {
    for (const message of ['ready', null, { type: 'trained' }, { hpo: null }, { hpo: 7 }]) process.send?.(message);
  },
  chdir: () => process.chdir('/'),
  emptyEnv: () => {
    for (const name of Object.keys(process.env)) delete process.env[name];
  },
  folderless: ({ directory }) => rmSync(directory, { recursive: true, force: true }),
  proto: () => ({ score: 1, ['__proto__']: 4 }),
  odd: () => ({ score: 1, constructor: 2, toString: 3, '\u001b[31m': 5, '': 6 }),
};

export function createTrain({ pids }) {
  return async function* train({ parameters, directory }) {
    for (let epoch = 1; epoch <= 3; epoch++) {
      const metrics = epoch === 2 ? await BEHAVIOURS[parameters.behaviour]({ pids, directory }) : undefined;
      await immediate();
      yield { epoch, metrics: metrics ?? { score: parameters.x + epoch / 10 } };
    }
  };
}
