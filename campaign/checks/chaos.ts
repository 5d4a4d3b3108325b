// Trainers that throw, crash, exit, print, leave timers and processes behind: every trial ends as it should, and nothing is left.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import { layoutOf } from '../../src/store/run-layout.js';
import type { Outcome } from '../../src/study/trial.js';
import { type Check, Finding } from '../check.js';
import { expectEnd, hpoHere, spawnHpo } from '../support/hpo.js';
import { writeStudy } from '../support/studies.js';

type End = Exclude<Outcome['status'], 'failed'> | Extract<Outcome, { status: 'failed' }>['kind'];

/** What becomes of a trial with this behaviour; see chaos-trainer.mjs. */
const ENDS: Readonly<Record<string, End>> = {
  ...{ plain: 'completed', lateThrow: 'completed', lateReject: 'completed', lateExit: 'completed', proto: 'crashed' },
  ...{ detach: 'completed', child: 'completed', flood: 'completed', chdir: 'completed', emptyEnv: 'completed' },
  ...{ folderless: 'completed', odd: 'completed', send: 'completed' },
  ...{ throw: 'crashed', hugeMessage: 'crashed', throwNothing: 'crashed', reject: 'crashed', exit: 'crashed' },
  ...{ segfault: 'crashed', abort: 'crashed', words: 'crashed', nan: 'diverged', diverge: 'diverged' },
};
const TRAINER = fileURLToPath(new URL('../support/chaos-trainer.mjs', import.meta.url));
const TRIALS = 24;
const SMALL_TRIALS = 8;
/** Milliseconds in which what a study left must be gone. */
const AFTERMATH = 20_000;

export const chaos: Check = {
  name: 'chaos',
  description: 'trainers that break in every way that a program can',
  async run({ random, folder, step, small }) {
    const planned = small ? SMALL_TRIALS : TRIALS;
    const workers = 1 + random.integer(3);
    const { file, pids } = writeChaos(folder, { trials: planned, workers, seed: random.nextUint32() });
    step(`a study of ${workers} workers`);
    expectEnd(await spawnHpo(['run', file, '--plain']).finished, [0, 1], 'the study');
    const counts = await endsOf(file, planned);
    for (const command of ['show', 'check', 'best', 'report']) {
      step(`hpo ${command}`);
      expectEnd(await hpoHere(command, file), [0], `hpo ${command}`);
    }
    await expectGone(pids);
    return { counts, note: `${planned} trials of ${workers} workers` };
  },
};

/** Where a study of such trials is, and the file in which they name the processes that they leave behind. */
interface ChaosStudy {
  readonly file: string;
  readonly pids: string;
}

interface ChaosOptions {
  readonly trials: number;
  readonly workers: number;
  readonly seed: number;
}

export function writeChaos(folder: string, { trials, workers, seed }: ChaosOptions): ChaosStudy {
  const pids = join(folder, 'pids.txt');
  const file = writeStudy(join(folder, 'study'), {
    name: 'chaos',
    trainer: { module: './chaos.mjs', settings: { pids } },
    space: {
      behaviour: { type: 'choice', values: Object.keys(ENDS) },
      x: { type: 'float', min: 0, max: 1 },
    },
    // The first trial is a good one: before that a broken contract stops the study.
    search: { strategy: 'random', trials, seed, enqueue: [{ behaviour: 'plain', x: 0.5 }] },
    pruner: { type: 'none' },
    objective: { metric: 'score' },
    resources: { workers, maxFailuresInARow: 1000 },
  });
  cpSync(TRAINER, join(folder, 'study', 'chaos.mjs'));
  return { file, pids };
}

/** Counts how trials ended. @throws Finding where one is missing, or ended in another way than its behaviour. */
export async function endsOf(file: string, planned: number): Promise<Record<string, number>> {
  const events = await readJournal(layoutOf(file).journal);
  const { trials } = replay(events, { metric: 'score', direction: 'maximize' });
  if (trials.length !== planned) throw new Finding(`expected ${planned} trials, got ${trials.length}`);
  const counts: Record<string, number> = { trials: trials.length };
  for (const { number, parameters, outcome } of trials) {
    const behaviour = String(parameters['behaviour']);
    const found = outcome?.status === 'failed' ? outcome.kind : outcome?.status;
    if (found !== undefined) counts[found] = (counts[found] ?? 0) + 1;
    if (found === ENDS[behaviour]) continue;
    // On a busy machine what comes late may come before the trial's end, and is its own fault then.
    if (behaviour.startsWith('late') && found === 'crashed') continue;
    throw new Finding(
      `trial ${number} that does ${behaviour}: expected ${ENDS[behaviour]}, got ${JSON.stringify(outcome).slice(0, 2000)}`,
    );
  }
  return counts;
}

/** @throws Finding where a process that a trainer has left behind is still there. */
export async function expectGone(pids: string): Promise<void> {
  const started = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
  const alive = (): number[] => started.filter((pid) => existsSync(`/proc/${pid}`) && commandOf(pid) !== '');
  for (let waited = 0; alive().length > 0; waited += 100) {
    if (waited > AFTERMATH) throw new Finding(`processes ${alive().join(', ')} that a trainer started are still there`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Empty for a zombie, which only its parent can collect. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
