// Batched trials: each has the numbers that it has alone, whatever happens to the others.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Report } from '../../../src/study/trial.js';
import type { Engine, EngineName } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { TrialBatch } from '../../../src/trainer/finetune/batched-trials.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import type { Workbench } from '../../../src/trainer/finetune/workbench.js';
import type { Graph } from '../../../src/graph/graph.js';
import { readSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { toyBench, toyPlan } from './support/toy-bench.js';

type Options = Partial<TrainingConfiguration>;
type Bare = Omit<Report, 'seconds' | 'work'>;
type End = 'finished' | 'stopped' | { readonly failed: unknown };

interface Member {
  readonly options: Options;
  /** Its identity, and its folder's name. */
  readonly trial: number;
  /** Pulls so many reports and gives the trial up. */
  readonly stopAfter?: number;
  /** Joins when the others have so many reports. */
  readonly joinsAfter?: number;
}

interface Trained {
  readonly reports: Bare[];
  end: End | undefined;
}

let directory: string;
let engine: Engine;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hpo-batched-'));
});
afterEach(() => rm(directory, { recursive: true }));
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

/** Saves at every epoch. */
function savingBench(on: Engine = engine): Workbench {
  let time = 0;
  return toyBench(on, () => (time += 3_600_000));
}

function planOf({ options, trial }: Member, folder: string): ReturnType<typeof toyPlan> {
  const plan = toyPlan(join(directory, folder, String(trial)), { unfreezeDepth: 0, ...options });
  return { ...plan, identity: { ...plan.identity, trial } };
}

/** Pulls the trials' reports in step. */
async function together(members: readonly Member[], bench = savingBench(), folder = 'together'): Promise<Trained[]> {
  const batch = new TrialBatch();
  const trained = members.map((): Trained => ({ reports: [], end: undefined }));
  const trials = members.map((member) =>
    fineTune(bench, planOf(member, folder), (...epoch) => batch.trainEpoch(...epoch)),
  );
  for (let round = 0; trained.some(({ end }) => end === undefined); round++) {
    const asked = members.map(async ({ stopAfter = Infinity, joinsAfter = 0 }, i) => {
      const member = trained[i] as Trained;
      const trial = trials[i] as (typeof trials)[number];
      if (member.end !== undefined || round < joinsAfter) return;
      try {
        const next = await batch.nextReport(() => trial.next());
        if (next.done === true) member.end = 'finished';
        else member.reports.push(bare(next.value));
      } catch (failed) {
        member.end = { failed };
      }
      if (member.end !== undefined || member.reports.length < stopAfter) return;
      await trial.return(undefined);
      member.end = 'stopped';
    });
    await Promise.all(asked);
  }
  return trained;
}

async function alone(member: Member, folder = 'alone'): Promise<Bare[]> {
  const reports: Bare[] = [];
  for await (const report of fineTune(savingBench(), planOf(member, folder))) {
    reports.push(bare(report));
    if (reports.length >= (member.stopAfter ?? Infinity)) break;
  }
  return reports;
}

function bare({ seconds: _, work: __, ...report }: Report): Bare {
  return report;
}

function membersOf(...options: readonly Options[]): Member[] {
  return options.map((one, trial) => ({ options: one, trial }));
}

async function expectAsAlone(members: readonly Member[], trained: readonly Trained[]): Promise<void> {
  for (const [i, member] of members.entries()) {
    expect(trained[i]?.reports).toEqual(await alone(member));
    for (const file of ['checkpoint.safetensors', 'best.safetensors']) {
      const found = await readSafetensors(join(directory, 'together', String(member.trial), file));
      const expected = await readSafetensors(join(directory, 'alone', String(member.trial), file));
      expect(found.tensors).toEqual(expected.tensors);
    }
  }
}

const RATES: Options[] = [
  { learningRate: 1e-3 },
  { learningRate: 1e-2, dropout: 0.5 },
  { learningRate: 0.1, l2: 1e-2 },
];

describe('batched trials on the onnx engine', () => {
  it.each<[string, Options]>([
    ['Adam and l2', {}],
    ['AdamW, l1 and clipping', { optimizer: 'adamw', l1: 1e-3, clipNorm: 0.3 }],
    ['Nesterov momentum and label smoothing', { optimizer: 'sgd', nesterov: true, labelSmoothing: 0.1 }],
    ['plain SGD and mixup', { optimizer: 'sgd', momentum: 0, mixup: 0.4 }],
    ['RMSprop, CutMix and balanced classes', { optimizer: 'rmsprop', cutmix: 1, classWeights: 'balanced' }],
    ['balanced batches and a batch for all', { sampling: 'balanced', batchSize: 64 }],
    ['batches of a size that cannot be batched with the same bits', { batchSize: 5 }],
  ])('have the bits that they have alone: %s', async (_, options) => {
    const members = membersOf(...RATES.map((rates) => ({ ...rates, ...options })));
    await expectAsAlone(members, await together(members));
  });

  it('may differ in schedule, augmentation, mixing, smoothing and epochs', async () => {
    const members = membersOf(
      { schedule: 'cosine', augmentation: 'none', epochs: 3 },
      { schedule: 'oneCycle', augmentation: 'strong', mixup: 0.2, epochs: 6 },
      { schedule: 'plateau', plateauPatience: 1, augmentation: 'flip', labelSmoothing: 0.2, epochs: 5 },
      { schedule: 'step', stepEpochs: 2, warmupEpochs: 1, views: 2, classWeights: 'balanced', epochs: 4 },
    );
    await expectAsAlone(members, await together(members));
  });

  it('run in one program per step while their bits allow it', async () => {
    const { counted, widths } = countingEngine(engine);
    await together(membersOf(...RATES), savingBench(counted));
    // Six epochs of 8 + 8 + 7 images: 8 × 3 scores are a multiple of four numbers, 7 × 3 are not.
    expect(widths.filter((width) => width === 4)).toHaveLength(6 * 2);
    expect(widths.filter((width) => width === 1)).toHaveLength(6 * 3);
  });

  it('run alone where batch size, optimizer, regularisers or depth differ', async () => {
    const { counted, widths } = countingEngine(engine);
    const members = membersOf(
      {},
      { batchSize: 16 },
      { optimizer: 'sgd' },
      { l2: 0 },
      { unfreezeDepth: 1, headEpochs: 0 },
    );
    const trained = await together(members, savingBench(counted));
    expect(new Set(widths)).toEqual(new Set([1]));
    await expectAsAlone(members, trained);
  });

  it('continue when one is given up, and when one ends early', async () => {
    const members: Member[] = [
      { trial: 0, options: { ...RATES[0] } },
      { trial: 1, options: { ...RATES[1] }, stopAfter: 2 },
      { trial: 2, options: { learningRate: 0, earlyStopping: 2, epochs: 50 } },
      { trial: 3, options: { ...RATES[2], epochs: 9 } },
    ];
    const trained = await together(members);
    expect(trained.map(({ end }) => end)).toEqual(['finished', 'stopped', 'finished', 'finished']);
    expect(trained.map(({ reports }) => reports.length)).toEqual([6, 2, 3, 9]);
    await expectAsAlone(members, trained);
  });

  it('accept a trial that starts later', async () => {
    const members: Member[] = membersOf(...RATES).map((member, i) => ({ ...member, joinsAfter: 2 * i }));
    await expectAsAlone(members, await together(members));
  });

  it('resume from different epochs with the same numbers', async () => {
    const members = membersOf(...RATES);
    const cutOff = members.map((member, i) => ({ ...member, stopAfter: i + 1 }));
    await together(cutOff);
    await expectAsAlone(members, await together(members));
  });

  it('may begin batched and resume alone, or begin alone and resume batched', async () => {
    const members = membersOf(...RATES);
    await together(
      members.map((member) => ({ ...member, stopAfter: 3 })),
      savingBench(),
      'first together',
    );
    for (const member of members) await alone({ ...member, stopAfter: 3 }, 'together');
    await expectAsAlone(members, await together(members));
    for (const member of members)
      expect(await alone(member, 'first together')).toEqual(await alone(member, 'undisturbed'));
  });

  it('are not affected by one that diverges', async () => {
    const members = membersOf(
      { ...RATES[0], optimizer: 'sgd' },
      { optimizer: 'sgd', learningRate: 100, l2: 1, l1: 1 },
      { ...RATES[1], optimizer: 'sgd' },
    ).map((member) => ({ ...member, options: { l1: 1e-4, ...member.options } }));
    const trained = await together(members);
    expect(trained[1]?.end).toMatchObject({ failed: { code: 'ERR_DIVERGED' } });
    const others = [0, 2];
    await expectAsAlone(
      others.map((i) => members[i] as Member),
      others.map((i) => trained[i] as Trained),
    );
  });

  it('are not affected by one whose features cannot be read', async () => {
    const bench = savingBench();
    const { open } = bench.features;
    const failing: Workbench = {
      ...bench,
      features: {
        async open(cut, view) {
          const block = await open.call(bench.features, cut, view);
          if (view.strategy !== 'strong' || view.number !== 1) return block;
          return { ...block, gather: () => Promise.reject(new Error('the disk is gone')) };
        },
      },
    };
    const members = membersOf({ augmentation: 'flip' }, { augmentation: 'strong' }, { augmentation: 'none' });
    const trained = await together(members, failing);
    expect(trained[1]?.end).toMatchObject({ failed: { message: 'the disk is gone' } });
    expect(trained[1]?.reports).toHaveLength(1);
    const others = [0, 2];
    await expectAsAlone(
      others.map((i) => members[i] as Member),
      others.map((i) => trained[i] as Trained),
    );
  });

  it('are trained alone where the engine cannot run the batch', async () => {
    const refusing: Engine = {
      ...engine,
      compile: (graph) => (widthOf(graph) > 1 ? Promise.reject(new Error('no room')) : engine.compile(graph)),
    };
    const members = membersOf(...RATES);
    await expectAsAlone(members, await together(members, savingBench(refusing)));
  });
});

describe.each<EngineName>(['wasm', 'cpu'])('batched trials on the %s engine', (name) => {
  it('have the numbers that they have alone, within the tolerance of floats', async () => {
    const other = await openEngine(name);
    const members = membersOf(...RATES);
    const trained = await together(members, savingBench(other));
    for (const [i, member] of members.entries()) {
      const expected: Bare[] = [];
      for await (const report of fineTune(savingBench(other), planOf(member, 'alone'))) expected.push(bare(report));
      trained[i]?.reports.forEach(({ metrics }, epoch) => {
        for (const [metric, value] of Object.entries(expected[epoch]?.metrics ?? {})) {
          expect(metrics[metric]).toBeCloseTo(value, 3);
        }
      });
      expect(trained[i]?.reports).toHaveLength(expected.length);
    }
    await other.dispose();
  });
});

/** Trials that a training step is for; 0 for other graphs. */
function widthOf(graph: Graph): number {
  const labels = graph.inputs.find(({ name }) => name === 'labels')?.value.shape;
  if (labels === undefined) return 0;
  return labels.length === 3 ? (labels[0] as number) : 1;
}

/** An engine that notes the width of every training step. */
function countingEngine(plain: Engine): { counted: Engine; widths: number[] } {
  const widths: number[] = [];
  const counted: Engine = {
    ...plain,
    async compile(graph) {
      const program = await plain.compile(graph);
      const width = widthOf(graph);
      return {
        graph,
        run(...args) {
          if (width > 0) widths.push(width);
          return program.run(...args);
        },
        dispose: () => program.dispose(),
      };
    },
  };
  return { counted, widths };
}
