// What batching heads saves: a training step of K trials against K steps alone, another way to the same end, and whole trials.
// Time is the processor's, medians of interleaved rounds; ratios are of the same run.
// Usage: npx tsx bench/fusion.ts [steps] [trials] (both unless one is given)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../src/engines/open-engine.js';
import { trialsWorthBatching } from '../src/trainer/finetune/batched-trials.js';
import { type Contestant, copiesOf, headStep, nothing, programOf, vmapOf } from './support/head-steps.js';
import { headBench, headTrials } from './support/head-trials.js';

const SIZES = [
  ...[8, 16, 32, 64].map((batch) => [512, 2, batch] as const),
  ...[10, 100].map((classes) => [512, classes, 16] as const),
  ...[2, 5, 10, 100].map((classes) => [1280, classes, 16] as const),
  ...[2, 10, 100].map((classes) => [2048, classes, 32] as const),
];
const WIDTHS = [2, 4, 8, 16] as const;
const ROUNDS = 7;

const wanted = process.argv.slice(2);
const engine = await openEngine('onnx');
if (wanted.length === 0 || wanted.includes('steps')) await steps();
if (wanted.length === 0 || wanted.includes('trials')) await trials();
await engine.dispose();

async function steps(): Promise<void> {
  const [empty] = await medians([await programOf(engine, nothing())], 200);
  console.log(`an empty run: ${(empty as number).toFixed(0)} µs of the processor\n`);
  console.log('µs per step and trial; in brackets the gain over a step alone; * what resources.lanes auto takes');
  console.log(
    'channels classes batch   alone   4 copies in one run   trials: 2            4            8           16',
  );
  for (const [channels, classes, batch] of SIZES) {
    const step = headStep(channels, classes, batch);
    const wide = WIDTHS.map((width) => vmapOf(step, width));
    const contestants: Contestant[] = [];
    for (const one of [step, copiesOf(step, 4), ...wide]) contestants.push(await programOf(engine, one));
    const [alone, copies, ...fused] = (await medians(contestants, 40)) as [number, number, ...number[]];
    const auto = trialsWorthBatching({ channels, classes, batchSize: batch });
    const cell = (time: number, width: number): string => {
      const mark = width === auto ? '*' : ' ';
      return `${(time / width).toFixed(0).padStart(5)} (${(alone / (time / width)).toFixed(2)})${mark}`;
    };
    console.log(
      `${String(channels).padStart(8)} ${String(classes).padStart(7)} ${String(batch).padStart(5)} ${alone.toFixed(0).padStart(7)}   ` +
        `${cell(copies, 4)}      ${fused.map((time, i) => cell(time, WIDTHS[i] as number)).join('')}`,
    );
    for (const { close } of contestants) await close();
  }
}

/** 64 trials of the head alone, as a worker trains them, from features in memory to checkpoints on disk. */
async function trials(): Promise<void> {
  console.log(
    '\n64 trials of 12 epochs, 256 training and 160 validation images: processor and wall time, fused against alone',
  );
  const directory = mkdtempSync(join(tmpdir(), 'hpo-bench-'));
  for (const [channels, classes, batchSize] of [
    [512, 2, 16],
    [512, 2, 64],
    [1280, 5, 16],
  ] as const) {
    const bench = headBench(engine, { channels, classes });
    const most = trialsWorthBatching({ channels, classes, batchSize });
    const times = { alone: [] as number[][], fused: [] as number[][] };
    const run = (width: number, count: number): Promise<number[]> =>
      headTrials({ bench, directory: mkdtempSync(join(directory, 'run-')), batchSize, width, trials: count });
    await run(1, 2);
    await run(most, most);
    for (let round = 0; round < 3; round++) {
      times.alone.push(await run(1, 64));
      times.fused.push(await run(most, 64));
    }
    const best = (list: readonly number[][], i: number): number => Math.min(...list.map((pair) => pair[i] as number));
    const line = [0, 1].map((i) => {
      const [alone, fused] = [best(times.alone, i), best(times.fused, i)];
      return `${(alone / 1000).toFixed(2)} s → ${(fused / 1000).toFixed(2)} s (${(alone / fused).toFixed(2)})`;
    });
    console.log(
      `${channels} channels, ${classes} classes, batch ${batchSize}, ${most} trials: processor ${line[0]}, wall ${line[1]}`,
    );
  }
  rmSync(directory, { recursive: true });
}

/** Microseconds of the processor per run of each, in turns. */
async function medians(contestants: readonly Contestant[], runs: number): Promise<number[]> {
  const times = contestants.map((): number[] => []);
  for (const { run } of contestants) for (let i = 0; i < 10; i++) await run();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { run }] of contestants.entries()) {
      const begin = process.cpuUsage();
      for (let k = 0; k < runs; k++) await run();
      const { user, system } = process.cpuUsage(begin);
      times[i]?.push((user + system) / runs);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] as number);
}
