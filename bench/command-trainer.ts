// The command trainer's own time for each trial and each report, beside Optuna with the same script as a subprocess.
// Run: npx tsx bench/command-trainer.ts [trials] [rounds]. The script is a Python that imports nothing heavy. One trial at a time, no pruning,
// both with a journal on disk. The floor is the script alone, started from a shell as often. A trial: what more trials of one report add. A report: what
// 100 more reports a trial add. Processor time counts the programs and all that they start. Needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hasPython, runPeer } from './python.js';

const [trials = 40, rounds = 3] = process.argv.slice(2).map(Number);
const MORE = 100;
/** Trials of the study that the others are compared with. */
const WARM = 5;
const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-'));
const script = join(scratch, 'train.py');
const python = process.env['HPO_PYTHON'] ?? 'python3';
const built = resolve(import.meta.dirname, '../dist/cli/main.js');

writeFileSync(
  script,
  `import json, sys
reports, rate = int(sys.argv[1]), float(sys.argv[2])
for epoch in range(1, reports + 1):
    print(json.dumps({"epoch": epoch, "metrics": {"loss": rate / epoch}}), flush=True)
`,
);

interface Seconds {
  readonly wall: number;
  /** Of the processor, with everything that was started. */
  readonly cpu: number;
}

/** Processor seconds of a child and of what it waited for, by the shell that starts it. */
function timed(command: string, cwd = scratch): Seconds {
  const { stderr, status } = spawnSync('bash', ['-c', `TIMEFORMAT='%R %U %S'; time { ${command}; } >out.txt 2>&1`], {
    cwd,
    encoding: 'utf8',
  });
  const [wall = NaN, user = NaN, system = NaN] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (status !== 0 || !Number.isFinite(wall)) {
    throw new Error(`failed: ${command}: ${stderr}\n${readFileSync(join(cwd, 'out.txt'), 'utf8')}`);
  }
  return { wall, cpu: user + system };
}

function floor(reports: number, most: number): Seconds {
  return timed(`for i in $(seq ${most}); do ${python} train.py ${reports} 0.1 >/dev/null; done`);
}

let count = 0;
function ours(reports: number, most: number): Seconds {
  const folder = join(scratch, String(count++));
  mkdirSync(folder);
  const study = {
    name: 'bench',
    trainer: { command: [python, script, String(reports), '{rate}'] },
    space: { rate: { type: 'float', min: 0.001, max: 1, scale: 'log' } },
    search: { strategy: 'random', trials: most, seed: 1 },
    pruner: { type: 'none' },
    objective: { metric: 'loss', direction: 'minimize' },
    resources: { workers: 1 },
  };
  writeFileSync(join(folder, 'study.json'), JSON.stringify(study));
  return timed(`${process.execPath} ${built} run study.json --plain`, folder);
}

function optuna(reports: number, most: number): Seconds {
  const journal = join(scratch, `${count++}.log`);
  const { wall, own, children } = runPeer<{ wall: number; own: number; children: number }>(
    'optuna_command',
    ...[journal, most, python, script, reports],
  );
  return { wall, cpu: own + children };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

interface Costs {
  /** Milliseconds of a trial that reports once. */
  readonly trial: number;
  /** Milliseconds that each further report adds. */
  readonly report: number;
}

/** By differences, so that the start of the study itself is in neither. */
function costsOf(measure: (reports: number, most: number) => Seconds): Record<keyof Seconds, Costs> {
  const short = measure(1, WARM);
  const long = measure(1, WARM + trials);
  const talking = measure(1 + MORE, WARM + trials);
  const costs = (kind: keyof Seconds): Costs => ({
    trial: (1000 * (long[kind] - short[kind])) / trials,
    report: (1000 * (talking[kind] - long[kind])) / (WARM + trials) / MORE,
  });
  return { wall: costs('wall'), cpu: costs('cpu') };
}

const programs: readonly (readonly [string, (reports: number, most: number) => Seconds])[] = [
  ['script alone', floor],
  ['hpo', ours],
  ...(hasPython('optuna') ? [['Optuna', optuna] as const] : []),
];
const found = new Map(programs.map(([name]): [string, Record<keyof Seconds, Costs>[]] => [name, []]));
// In turns, so that what else the machine does meets all of them.
for (let round = 0; round < rounds; round++) {
  for (const [name, measure] of programs) found.get(name)?.push(costsOf(measure));
}
const valueOf = (name: string, kind: keyof Seconds, cost: keyof Costs): number =>
  median((found.get(name) ?? []).map((one) => one[kind][cost]));
console.log(`${trials} trials, ${rounds} rounds in turns, medians; own time is that above the script alone`);
for (const kind of ['cpu', 'wall'] as const) {
  for (const cost of ['trial', 'report'] as const) {
    const least = valueOf('script alone', kind, cost);
    const cells = programs.map(([name]) => {
      const value = valueOf(name, kind, cost);
      return `${name} ${value.toFixed(2)} ms${name === 'script alone' ? '' : ` (own ${(value - least).toFixed(2)})`}`;
    });
    console.log(`${kind === 'cpu' ? 'processor' : 'wall'} time of a ${cost}: ${cells.join(', ')}`);
  }
}
rmSync(scratch, { recursive: true });
