// Makes pieces ahead, as many as the first trial's parameters say, and none where they say that it fails or ends its process.
import { setTimeout as delay } from 'node:timers/promises';

async function* train() {
  yield { epoch: 1, metrics: { score: 1 } };
}

train.prepare = async function* prepare([{ parameters }], { log }) {
  try {
    for (let piece = 0; piece < parameters.pieces; piece++) {
      if (piece === parameters.failAt) throw new Error('no more');
      if (piece === parameters.exitAt) process.exit(3);
      await delay(2);
      yield { needed: 0, computed: 16, seconds: 0.5 };
    }
  } finally {
    log('put away');
  }
};

export default train;
