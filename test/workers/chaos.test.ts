// Hundreds of trials that throw, exit, crash, hang, eat memory and report nonsense, four at a time: each ends as it should, nothing is
// lost, and nothing is left.
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { LiveStudy } from '../../src/controller/live-study.js';
import { runTrials } from '../../src/controller/run-trials.js';
import type { StudyEnd } from '../../src/controller/study-end.js';
import type { RandomStream } from '../../src/math/random.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { TrialFolders } from '../../src/store/trial-folders.js';
import type { Outcome, Trial } from '../../src/study/trial.js';
import type * as workers from '../../src/workers/piscina-runner.js';
import { created, keepAll, objective } from '../controller/scene.js';
import { buildSource } from './built.js';
import { train } from './runner-contract.js';

const SLOTS = 4;
const MEBIBYTE = 2 ** 20;
const LIMIT = 160 * MEBIBYTE;
/** MiB: near its limit a heap is collected over and over. */
const THREAD_HEAP = 48;
/** Seconds. */
const TIMEOUT = 12;
/** Every trial may fail. */
const NEVER = 1_000_000;

type Kind = 'thread' | 'process';

interface Behaviour {
  readonly name: string;
  /** Out of 100 or so. */
  readonly weight: number;
  readonly ends: Outcome['status'] | Extract<Outcome, { status: 'failed' }>['kind'];
  readonly message?: RegExp;
  readonly retried?: true;
  /** A thread would take the whole process with it. */
  readonly needsProcess?: true;
}

const BEHAVIOURS: readonly Behaviour[] = [
  { name: 'plain', weight: 50, ends: 'completed' },
  { name: 'throw', weight: 8, ends: 'crashed', message: /^TypeError: broke\n\s+at .*chaos/ },
  { name: 'reject', weight: 4, ends: 'crashed', message: /nobody waits for this/ },
  { name: 'exit', weight: 6, ends: 'crashed', message: /exited with code: 3/ },
  { name: 'segfault', weight: 4, ends: 'crashed', message: /SIGSEGV/, retried: true, needsProcess: true },
  { name: 'unlucky', weight: 4, ends: 'completed', retried: true, needsProcess: true },
  { name: 'hang', weight: 1, ends: 'timed-out', message: /no report within 12 s/, retried: true },
  { name: 'spin', weight: 1, ends: 'timed-out', message: /no report within 12 s/, retried: true },
  { name: 'fillHeap', weight: 3, ends: 'out-of-memory' },
  { name: 'fillMemory', weight: 4, ends: 'out-of-memory', message: /uses more memory/, needsProcess: true },
  { name: 'allocate', weight: 3, ends: 'out-of-memory' },
  { name: 'nan', weight: 6, ends: 'diverged', message: /f1 is NaN at epoch 2/ },
  { name: 'diverge', weight: 4, ends: 'diverged', message: /loss is Infinity/ },
];

const plain = { trial: 0, parameters: { behaviour: 'plain' }, seed: 0, directory: '', reported: 0 };
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

let source: string;
beforeAll(() => {
  source = buildSource('system', 'study', 'workers');
});

interface Footprint {
  readonly heap: number;
  readonly files: number;
}

function footprint(): Footprint {
  collect();
  collect();
  return { heap: v8.getHeapStatistics().used_heap_size, files: readdirSync('/proc/self/fd').length };
}

/** Processes whose parent this one is, those that nobody has waited for included. */
function children(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === process.pid;
      } catch {
        return false; // gone meanwhile
      }
    });
}

function drawn(kind: Kind, random: RandomStream): Behaviour {
  const possible = BEHAVIOURS.filter(({ needsProcess }) => kind === 'process' || needsProcess !== true);
  let left = random.uniform(
    0,
    possible.reduce((sum, { weight }) => sum + weight, 0),
  );
  return possible.find(({ weight }) => (left -= weight) < 0) ?? (possible[0] as Behaviour);
}

interface Chaos {
  readonly end: StudyEnd;
  readonly study: LiveStudy;
  /** Of one more trial in each slot, in which nothing goes wrong. */
  readonly afterwards: readonly (Outcome | undefined)[];
  readonly footprints: readonly Footprint[];
  /** Processes. */
  readonly left: readonly number[];
}

async function runChaos(kind: Kind, trials: number): Promise<Chaos> {
  const { PiscinaRunner } = (await import(
    /* @vite-ignore */ join(source, 'workers/piscina-runner.js')
  )) as typeof workers;
  const before = children();
  const store = new MemoryStore([created]);
  const study = new LiveStudy({ objective, store, events: [created] });
  const module = new URL('./trainers/chaos.mjs', import.meta.url).href;
  const memory = { share: LIMIT, reserve: 0, ...(kind === 'process' ? { limit: LIMIT } : {}) };
  const slots = Array.from({ length: SLOTS }, () => ({ kind, env: {}, memory }));
  const runner = await PiscinaRunner.open({
    trainer: { module },
    slots,
    epochTimeout: TIMEOUT,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP },
  });
  const footprints: Footprint[] = [];
  study.subscribe(({ type }) => {
    const { completed, failed } = study.history.counts;
    if (type === 'told' && (completed + failed) % (trials / 3) === 0) footprints.push(footprint());
  });
  const end = await runTrials({
    study,
    sampler: {
      ask: ({ trials: { length } }, random) => ({
        parameters: { behaviour: drawn(kind, random).name, number: length },
      }),
    },
    pruner: keepAll,
    runner,
    folders: new TrialFolders(join(mkdtempSync(join(tmpdir(), 'hpo-chaos-')), 'trials')),
    seed: 11,
    trials,
    maxFailuresInARow: NEVER,
  });
  const afterwards = await Promise.all(slots.map(async (_, slot) => (await train(runner, plain, { slot })).outcome));
  await runner.close();
  return {
    end,
    study,
    afterwards,
    footprints,
    left: children().filter((pid) => !before.includes(pid)),
  };
}

describe.skipIf(process.platform !== 'linux')('four slots of chaos', () => {
  it.each<[Kind, number]>([
    ['process', 300],
    ['thread', 150],
  ])(
    'in a %s each: %i trials',
    async (kind, trials) => {
      const { end, study, afterwards, footprints, left } = await runChaos(kind, trials);
      expect(end.reason).toBe('finished');
      const wrong = study.history.trials
        .filter((trial) => !isAsExpected(trial))
        .map(({ outcome, parameters, retried }) => ({
          outcome,
          parameters,
          retried,
        }));
      expect(wrong).toEqual([]);
      expect(new Set(study.history.trials.map(({ parameters }) => parameters['behaviour'])).size).toBeGreaterThan(8);
      expect(afterwards).toEqual(new Array(SLOTS).fill({ status: 'completed' }));
      expect(left).toEqual([]);
      const [early, , late] = footprints as [Footprint, Footprint, Footprint];
      // An event list of a trial, no more; one descriptor or port for each trial would be hundreds.
      expect((late.heap - early.heap) / trials).toBeLessThan(20_000);
      expect(late.files - early.files).toBeLessThan(20);
    },
    600_000,
  );
});

function isAsExpected({ outcome, parameters, retried }: Trial): boolean {
  const { ends, message, ...rest } = BEHAVIOURS.find(({ name }) => name === parameters['behaviour']) as Behaviour;
  if ((retried !== undefined) !== (rest.retried === true)) return false;
  if (outcome?.status !== 'failed') return outcome?.status === ends;
  return outcome.kind === ends && (message === undefined || message.test(outcome.message));
}
