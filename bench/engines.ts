// Images per second of a training step and of a frozen forward pass on every engine that loads, and what more slots do against one.
// Run: npx tsx bench/engines.ts [backbone or engine …] [--depth 1|all] [--batch 16] [--slots 1,2] [--isolation process] [--only train]
// One engine at a time, each in the slots that a study would give it: threads, or processes where the engine needs them.
// PyTorch trains the same on a GPU where HPO_PYTHON, or python3, has it and finds one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ChosenEngine, chooseEngine } from '../src/app/setup/choose-engine.js';
import { thisMachine } from '../src/app/setup/machine.js';
import { studySlots } from '../src/app/setup/study-slots.js';
import { messageOf } from '../src/study/errors.js';
import { studySchema } from '../src/study/schema/study-schema.js';
import { ENGINE_NAMES, type EngineName } from '../src/study/engine-names.js';
import type { TrialRun } from '../src/study/trial-runner.js';
import type { Outcome } from '../src/study/trial.js';
import { PiscinaRunner, type SlotSetup } from '../src/workers/piscina-runner.js';
import { hasPython, runPeer } from './python.js';
import type { StepSettings } from './support/step-trainer.js';

const BACKBONES = ['squeezenet1.1', 'mobilenetv2'];
const TASKS = ['train', 'forward'] as const;
/** Plain JavaScript takes minutes for a step. */
const ENGINES = ENGINE_NAMES.filter((name) => name !== 'cpu');
/** Seconds of each measurement. */
const SECONDS = 3;
/** The prototypes of these engines on another day and machine: SqueezeNet's top fire module, features 13×13, batch 16, one core. */
const PROTOTYPE: Partial<Record<EngineName, number>> = { onnx: 402, tensorflow: 268, wasm: 95 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    depth: { type: 'string', default: '1' },
    batch: { type: 'string', default: '16' },
    slots: { type: 'string', default: '1,2' },
    isolation: { type: 'string', default: 'auto' },
    only: { type: 'string' },
  },
});
const depth: number | 'all' = values.depth === 'all' ? 'all' : Number(values.depth);
const batch = Number(values.batch);
const slotCounts = values.slots.split(',').map(Number);
const backbones = BACKBONES.filter((name) => positionals.includes(name));
const engines = ENGINES.filter((name) => positionals.includes(name));
const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-'));
const withTorch = hasPython('torch', 'torchvision');

if (values.only !== undefined && !TASKS.some((task) => task === values.only))
  throw new Error(`expected ${TASKS.join(' or ')} at --only, got ${values.only}`);
console.log(
  `depth ${depth}, batch ${batch}; images/s of ${slotCounts[0]} slots, and how many times as many more slots do`,
);
const more = slotCounts.slice(1).map((count) => `${count} slots`.padStart(9));
console.log('backbone        task      engine       images/s   against wasm', ...more, '  prototype');
for (const backbone of backbones.length > 0 ? backbones : BACKBONES) {
  for (const task of TASKS) if (values.only === undefined || values.only === task) await compare(backbone, task);
}
rmSync(scratch, { recursive: true });

async function compare(backbone: string, task: StepSettings['task']): Promise<void> {
  const speeds = new Map<string, readonly number[]>();
  for (const engine of engines.length > 0 ? engines : ENGINES) {
    try {
      const settings = { engine, backbone, task, depth, batch, seconds: SECONDS };
      const chosen = await chooseEngine(engine);
      const found: number[] = [];
      for (const count of slotCounts) found.push(await measure(settings, await slotsOf(chosen, count)));
      speeds.set(engine, found);
    } catch (error) {
      console.log(`${backbone.padEnd(15)} ${task.padEnd(9)} ${engine.padEnd(12)} ${messageOf(error).slice(0, 90)}`);
    }
  }
  const torch = withTorch ? runPeer<number | null>('torch_steps', backbone, task, depth, batch, SECONDS) : null;
  if (torch !== null) speeds.set('PyTorch', [torch]);
  const [wasm] = speeds.get('wasm') ?? [];
  for (const [engine, [one = 0, ...others]] of speeds) {
    const ratio = wasm === undefined ? '–' : (one / wasm).toFixed(2);
    const isPrototyped = backbone === 'squeezenet1.1' && task === 'train' && depth === 1 && batch === 16;
    const prototype = isPrototyped ? String(PROTOTYPE[engine as EngineName] ?? '–') : '–';
    const cells = [
      one.toFixed(1).padStart(8),
      ratio.padStart(14),
      ...more.map((_, i) => (others[i] === undefined ? '–' : (others[i] / one).toFixed(2)).padStart(9)),
      prototype.padStart(11),
    ];
    console.log(`${backbone.padEnd(15)} ${task.padEnd(9)} ${engine.padEnd(12)} ${cells.join(' ')}`);
  }
}

/** So many slots as a study on this engine has them, but that all share a GPU where there is one alone. */
async function slotsOf(engine: ChosenEngine, count: number): Promise<readonly SlotSetup[]> {
  const resources = studySchema.shape.resources.parse({ trialsPerGpu: count, isolation: values.isolation });
  return (await studySlots({ resources, workers: count, trials: count, machine: thisMachine() }, engine)).slots;
}

/** Images per second of all slots together. */
async function measure(settings: StepSettings, slots: readonly SlotSetup[]): Promise<number> {
  const module = fileURLToPath(new URL('./support/step-trainer.ts', import.meta.url));
  const runner = await PiscinaRunner.open({ trainer: { module, settings }, slots });
  try {
    const trials = slots.map(async (_, slot) => {
      const { signal } = new AbortController();
      let speed = 0;
      const assignment = { trial: slot, parameters: {}, seed: 1, directory: join(scratch, String(slot)), reported: 0 };
      let outcome: Outcome | undefined;
      const trial: TrialRun = {
        assignment,
        signal,
        onReport: ({ metrics }) => {
          speed = metrics['imagesPerSecond'] as number;
          return 'continue';
        },
        onEnd: (how) => (outcome = how),
      };
      await runner.run([trial], slot, signal);
      if (outcome?.status !== 'completed') throw new Error(JSON.stringify(outcome));
      return speed;
    });
    return (await Promise.all(trials)).reduce((sum, speed) => sum + speed, 0);
  } finally {
    await runner.close();
  }
}
