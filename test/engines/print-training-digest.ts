// A process of its own: prints a digest of the state after five training steps on the engine that it is named.
import { createHash } from 'node:crypto';
import type { EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { train } from './small-network.js';

const engine = await openEngine(process.argv[2] as EngineName);
const { entries } = await train(engine, 5);
const hash = createHash('sha256');
for (const name of [...entries.keys()].sort()) hash.update(name).update(entries.get(name)?.data as Float32Array);
process.stdout.write(hash.digest('hex'));
