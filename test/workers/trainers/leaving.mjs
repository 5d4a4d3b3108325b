// A trainer whose trials leave something behind: a timer that fails, a rejection, an exit, a detached process.
import { spawn } from 'node:child_process';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { setImmediate as immediate } from 'node:timers/promises';

/** Whether what an earlier trial left behind may happen, and when it is about to. */
let isReleased = false;
let happened;

const LEFT = {
  throw: () => {
    throw new TypeError('too late');
  },
  reject: () => void Promise.reject(new Error('nobody waits for this')),
  exit: () => process.exit(3),
};

export default async function* train({ parameters: { behaviour } }, context) {
  if (behaviour in LEFT) {
    happened = leave(LEFT[behaviour]);
  } else if (behaviour === 'detach') {
    const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
    started.unref();
    context.log(`detached ${started.pid}`);
  } else if (behaviour === 'wait') {
    isReleased = true;
    await happened;
    for (let turn = 0; turn < 10; turn++) await immediate();
  } else if (behaviour === 'hang') await new Promise(() => {});
  yield { epoch: 1, metrics: { score: 1 } };
}

function leave(act) {
  isReleased = false;
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (!isReleased) return;
      clearInterval(look);
      resolve();
      setTimeout(act);
    }, 1);
  });
}
