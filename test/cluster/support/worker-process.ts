// A worker in a process of its own, to be killed: node worker-process.ts <url> <study> <slots> <host>.
// `HPO_TEST_SILENCE`: milliseconds after which it wonders where its controller is.
import { setTimeout as delay } from 'node:timers/promises';
import { InProcessRunner } from '../../../src/workers/in-process-runner.js';
import { loadTrainer } from '../../../src/workers/thread/trainer-module.js';
import { openWorker } from './scene.js';

const [url = '', study = '', slots = '1', host = 'host'] = process.argv.slice(2);
const silence = process.env['HPO_TEST_SILENCE'];
const train = await loadTrainer({ module: new URL('./steady-trainer.mjs', import.meta.url).href });
const worker = await openWorker(
  url,
  study,
  (onLog, onWarning) => Promise.resolve(new InProcessRunner({ train, slots: Number(slots), onLog, onWarning })),
  { host, pace: silence === undefined ? {} : { silence: Number(silence) } },
);
process.on('SIGTERM', () => worker.leave());
process.stdout.write('ready\n');
const { type } = await worker.ended;
await Promise.race([worker.close(), delay(2000)]);
process.stdout.write(`${type}\n`);
process.exit(type === 'lost' || type === 'dismissed' ? 1 : 0);
