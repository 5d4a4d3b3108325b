// Makes pieces ahead, as many as the first trial's parameters say, and what else these say: that it fails, ends its process, lets an error slip or yields something odd.
import { setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';

async function* train() {
  yield { epoch: 1, metrics: { score: 1 } };
}

train.prepare = async function* prepare([{ parameters }], { log }) {
  try {
    for (let piece = 0; piece < parameters.pieces; piece++) {
      if (piece === parameters.failAt) throw new Error('no more');
      if (piece === parameters.exitAt) process.exit(3);
      if (piece === parameters.slipAt)
        setTimeout(() => {
          throw new Error('slipped');
        }, 0);
      if (piece === parameters.oddAt) yield { computed: 16 };
      await delay(2);
      yield { needed: 0, computed: 16, seconds: 0.5 };
    }
  } finally {
    log('put away');
  }
};

export default train;
