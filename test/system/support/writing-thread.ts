// A thread that writes one file again and again, and says how often.
import { parentPort, workerData } from 'node:worker_threads';
import { writeAtomically } from '../../../src/system/atomic-file.js';

const { file, times } = workerData as { file: string; times: number };
const content = Buffer.alloc(1 << 16, 'x');
for (let i = 0; i < times; i++) await writeAtomically(file, [content], { durable: false });
parentPort?.postMessage(times);
