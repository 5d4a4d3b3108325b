// A whole study on the engine torch beside Optuna with PyTorch: wall time, the best score and how busy the GPU was.
// SqueezeNet 1.1 on ../shared/data/ants-bees, the space of studies/ants-bees; the peer trains one trial after the other on the same device.
// Run: HPO_PYTHON=… npx tsx bench/torch-study.ts [--trials 30] [--epochs 12] [--side 224]
// On a processor, to try it: npx tsx bench/torch-study.ts --trials 2 --epochs 2 --side 64
// The peer needs optuna and PIL beside torch. On a GPU, hpo finds by measurement how many trials train at once.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backboneWeights } from '../src/backbones/backbone-weights.js';
import { parameterSpecs } from '../src/backbones/parameters.js';
import { getBackbone } from '../src/backbones/registry.js';
import { findPython } from '../src/engines/torch/find-python.js';
import { TorchProcess } from '../src/engines/torch/torch-process.js';
import { surveyGpus } from '../src/system/nvidia-smi.js';
import { must } from '../src/system/must.js';
import { hasPython } from './python.js';
import { type StudyOptions, runStudyFile, writeStudy } from './study/run-cli.js';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '30' },
    epochs: { type: 'string', default: '12' },
    side: { type: 'string', default: '224' },
  },
});
/** Milliseconds between two looks at the GPU. */
const LOOK_EVERY = 500;
const METRIC = 'macroF1';
const root = resolve(import.meta.dirname, '..');

if (!existsSync(resolve(root, '../shared/data/ants-bees'))) {
  console.error('skipped: ../shared/data/ants-bees is not here');
  process.exit(0);
}
// Both of them start the same Python.
process.env['HPO_PYTHON'] = findPython();
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const { process: torch, hello } = await TorchProcess.start(findPython(), {
  ...{ threads: 1, device: 'auto', tf32: false, capture: false, room: 'auto' },
});
await torch.stop();
const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-torch-study-'));
const options: StudyOptions = {
  ...{ trials: Number(values.trials), epochs: Number(values.epochs), side: Number(values.side), engine: 'torch' },
  slots: hello.device === 'cpu' ? availableParallelism() : 8,
};
console.log(`${hello.name}, ${options.trials} trials of ${options.epochs} epochs, ${values.side} px`);
console.log('                          wall s   best F1   epochs   GPU busy');
try {
  const [run, load] = await withLoad(runStudyFile(join(scratch, 'study'), options, true));
  const reports = run.events.flatMap((event) => (event.type === 'reported' ? [event.report] : []));
  const best = Math.max(...reports.map(({ metrics }) => metrics[METRIC] ?? 0));
  print('hpo on torch', { seconds: run.wallSeconds, value: best, epochs: reports.length }, load);
  if (hasPython('optuna', 'torch', 'PIL')) {
    const [peer, peerLoad] = await withLoad(runOptuna());
    print('Optuna with PyTorch', peer, peerLoad);
    const each = (peer.seconds / peer.epochs / (run.wallSeconds / reports.length)).toFixed(2);
    console.log(`Optuna with PyTorch / hpo: ${(peer.seconds / run.wallSeconds).toFixed(2)}; an epoch: ${each}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

interface Result {
  readonly seconds: number;
  readonly value: number;
  readonly epochs: number;
}

async function runOptuna(): Promise<Result> {
  const folder = join(scratch, 'peer');
  const file = writeStudy(folder, options);
  const weights = join(folder, 'weights.bin');
  mkdirSync(folder, { recursive: true });
  await writeWeights(file, weights);
  const script = resolve(import.meta.dirname, 'peers/optuna_torch.py');
  const child = spawn(findPython(), [script, file, weights, hello.device], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`optuna_torch.py ended with exit code ${String(code)}`);
  return JSON.parse(printed) as Result;
}

/** Kernels and biases one after the other, in the order of the layers. */
async function writeWeights(study: string, file: string): Promise<void> {
  const { backbone: chosen } = JSON.parse(readFileSync(study, 'utf8')) as {
    backbone: { name: string; weights: string };
  };
  const backbone = getBackbone(chosen.name);
  const weights = await backboneWeights(backbone, chosen.weights, 0);
  const parts = parameterSpecs(backbone).map(({ name }) => must(weights.get(name), 'a weight').data);
  writeFileSync(
    file,
    Buffer.concat(parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))),
  );
}

/** What it gives, and the mean load of the busiest GPU meanwhile. */
async function withLoad<T>(running: Promise<T>): Promise<readonly [T, number | undefined]> {
  const loads: number[] = [];
  const look = async (): Promise<void> => {
    const survey = await surveyGpus();
    const found = survey.status === 'found' ? survey.gpus.flatMap(({ load }) => load ?? []) : [];
    if (found.length > 0) loads.push(Math.max(...found));
  };
  const timer = setInterval(() => void look(), LOOK_EVERY);
  const result = await running.finally(() => clearInterval(timer));
  return [result, loads.length === 0 ? undefined : loads.reduce((sum, one) => sum + one, 0) / loads.length];
}

function print(name: string, { seconds, value, epochs }: Result, load: number | undefined): void {
  const busy = load === undefined ? '–' : `${Math.round(100 * load)} %`;
  console.log(
    `${name.padEnd(22)} ${seconds.toFixed(1).padStart(9)} ${value.toFixed(4).padStart(9)} ${String(epochs).padStart(8)} ${busy.padStart(10)}`,
  );
}
