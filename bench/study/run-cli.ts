// A study run by the command line as a person would, in a cache of its own: wall time, processor time and events.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TrialEvent } from '../../src/study/events.js';
import { residentMemory } from '../../src/system/process-memory.js';
import type { Parameters } from '../../src/study/parameters.js';

const MAIN = resolve(import.meta.dirname, '../../dist/cli/main.js');
const STUDY = resolve(import.meta.dirname, '../../studies/ants-bees/study.json');

/** Milliseconds between two looks at the memory. */
const LOOK_EVERY = 100;

export interface StudyOptions {
  readonly trials: number;
  readonly epochs: number;
  readonly slots: number;
  /** In place of the study's own. */
  readonly seed?: number;
  /** In place of the study's own: its type, or all of it as JSON. */
  readonly pruner?: string;
  /** resources.memory. */
  readonly memory?: string;
  /** In place of `auto`; on a GPU as many trials at once as it carries. */
  readonly engine?: string;
  /** Pixels, in place of the study's own. */
  readonly side?: number;
  /** In place of a search: these trials, as they come, each for its own number of epochs. */
  readonly replay?: readonly ReplayedTrial[];
}

export interface ReplayedTrial {
  readonly parameters: Parameters;
  readonly epochs: number;
}

export interface StudyRun {
  /** Of the whole command, from its start to its end. */
  readonly wallSeconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  /** The most resident memory of the command and all that it started, in bytes, by a look every 100 ms; 0 where the system does not tell. */
  readonly peakMemory: number;
  readonly events: readonly TrialEvent[];
}

/** The study of studies/ants-bees with so many trials and epochs, written to `folder`. */
export function writeStudy(folder: string, options: StudyOptions): string {
  const { trials, epochs, seed, pruner, memory, engine, side, replay } = options;
  const home = resolve(STUDY, '..');
  const study = JSON.parse(readFileSync(STUDY, 'utf8')) as {
    data: { train: string; validation: string };
    backbone: { weights: string };
    space: object;
    search: object;
    training: object;
    resources: object;
  };
  const { data, backbone } = study;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'study.json');
  const absolute: typeof study & Record<string, unknown> = {
    ...study,
    $schema: undefined,
    data: { train: resolve(home, data.train), validation: resolve(home, data.validation) },
    backbone: {
      ...backbone,
      weights: resolve(home, backbone.weights),
      ...(side === undefined ? {} : { inputSize: side }),
    },
    // Without the prior, as the figures of docs/performance.md were measured.
    search: { ...study.search, prior: 'none', trials, ...(seed === undefined ? {} : { seed }) },
    training: { ...study.training, epochs },
    ...(pruner === undefined ? {} : { pruner: prunerOf(pruner) }),
    ...(replay === undefined ? {} : replayed(study, replay, epochs)),
  };
  if (memory !== undefined) absolute.resources = { ...absolute.resources, memory };
  if (engine !== undefined) absolute.resources = { ...absolute.resources, engine, trialsPerGpu: 'auto' };
  writeFileSync(file, JSON.stringify(absolute, undefined, 2));
  return file;
}

/** The epochs of each trial become a parameter, so that nobody has to decide when it ends; what they cost is the same. */
function replayed(
  study: Readonly<Record<'space' | 'search' | 'training' | 'resources', object>>,
  trials: readonly ReplayedTrial[],
  most: number,
): object {
  // One that failed before its first report is left out.
  const enqueue = trials.flatMap(({ parameters, epochs }) => (epochs > 0 ? [{ ...parameters, epochs }] : []));
  return {
    space: { ...study.space, epochs: { type: 'int', min: 1, max: most } },
    search: { ...study.search, strategy: 'random', trials: enqueue.length, enqueue },
    // What was enqueued might else be batched, which the search's own trials are not.
    resources: { ...study.resources, lanes: 1 },
    training: { ...study.training, epochs: undefined },
    pruner: { type: 'none' },
  };
}

function prunerOf(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : { type: text };
}

/** Runs the study in `folder`, from an empty cache. Throws where it fails. */
export async function runStudyFile(folder: string, options: StudyOptions, reuse: boolean): Promise<StudyRun> {
  const file = writeStudy(folder, options);
  const events = join(folder, 'events.jsonl');
  const times = join(folder, 'times.txt');
  const out = openSync(events, 'w');
  const command = [process.execPath, MAIN, 'run', file, '--json', '--workers', String(options.slots)];
  // The shell is there for the processor time: Node has no way to ask for that of a child.
  const script = `TIMEFORMAT='%R %U %S'; { time "$@" 2>${JSON.stringify(join(folder, 'log.txt'))}; } 2>${JSON.stringify(times)}`;
  const child = spawn('bash', ['-c', script, 'bash', ...command, ...(reuse ? [] : ['--no-feature-reuse'])], {
    stdio: ['ignore', out, 'inherit'],
    env: { ...process.env, HPO_CACHE: join(folder, 'cache') },
  });
  let peakMemory = 0;
  const look = (): void => void (peakMemory = Math.max(peakMemory, memoryOfTree(child.pid)));
  const timer = setInterval(look, LOOK_EVERY);
  const status = await new Promise<number | null>((done) => child.on('exit', done));
  clearInterval(timer);
  closeSync(out);
  if (status !== 0) throw new Error(`hpo run failed (${status}): ${readFileSync(join(folder, 'log.txt'), 'utf8')}`);
  const [wallSeconds = NaN, user = NaN, system = NaN] = readFileSync(times, 'utf8').trim().split(/\s+/).map(Number);
  const lines = readFileSync(events, 'utf8').trim().split('\n').slice(0, -1);
  return {
    wallSeconds,
    cpuSeconds: user + system,
    peakMemory,
    events: lines.map((line) => JSON.parse(line) as TrialEvent),
  };
}

/** Of a process and those that it started (proc(5), children). */
function memoryOfTree(pid: number | undefined): number {
  if (pid === undefined) return 0;
  let children: string[] = [];
  try {
    children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '),
    );
  } catch {
    // There is no /proc, or no such process any more.
  }
  const others = children.filter((child) => child !== '').map((child) => memoryOfTree(Number(child)));
  return (residentMemory(pid) ?? 0) + others.reduce((sum, one) => sum + one, 0);
}
