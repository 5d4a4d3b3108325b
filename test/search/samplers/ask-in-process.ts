// Run by a test in a process of its own: reads a study's events from stdin, prints the answer of the sampler named.
import { readFileSync } from 'node:fs';
import { RandomStream } from '../../../src/math/random.js';
import { type SamplerOptions, createSampler } from '../../../src/search/create-sampler.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { HistoryLedger } from '../../../src/study/history.js';
import { MINIMIZE } from '../simulation.js';
import { braninSpace } from './branin.js';

const { options, events } = JSON.parse(readFileSync(0, 'utf8')) as { options: SamplerOptions; events: TrialEvent[] };
const history = new HistoryLedger(MINIMIZE);
for (const event of events) history.apply(event);
const sampler = createSampler(options, braninSpace, MINIMIZE, 1);
console.log(JSON.stringify(sampler.ask(history, RandomStream.of('next'))));
