// A process that reads features through the store and prints what it read. Usage: read-features.ts FOLDER START
import { createHash } from 'node:crypto';
import { openEngine } from '../../../src/engines/open-engine.js';
import { readAll } from './read-all.js';
import { openSigns } from './signs.js';

const [root = '', start = '0'] = process.argv.slice(2);
const { stored, counter } = await openSigns(await openEngine('onnx'), root, { start: Number(start) });
const hash = createHash('sha256');
for (let number = 0; number < 6; number++) {
  const features = await readAll(stored, 'pooled', { split: 'train', strategy: 'strong', number });
  hash.update(new Uint8Array(features.buffer));
}
console.log(JSON.stringify({ digest: hash.digest('hex'), computed: counter.computed }));
process.exit(0);
