// One of several processes that train at once: gets ready, waits for the others, and tells how fast it was.
import { messageOf } from '../../study/errors.js';
import { ENGINE_NAMES } from '../../study/engine-names.js';
import { openEngine } from '../open-engine.js';
import { readyToTrain } from './measure.js';

const [wanted, milliseconds = '0'] = process.argv.slice(2);
const engine = ENGINE_NAMES.find((name) => name === wanted) ?? 'cpu';
process.once('disconnect', () => process.exit());

try {
  const train = await readyToTrain(await openEngine(engine));
  const go = new Promise((resolve) => process.once('message', resolve));
  process.send?.({ ready: true });
  await go;
  process.send?.({ rate: await train(Number(milliseconds)) });
} catch (error) {
  process.send?.({ failed: messageOf(error) });
}
