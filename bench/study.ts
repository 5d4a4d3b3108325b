// A whole study, end to end, beside the same one without feature reuse, the floor of its arithmetic, and Optuna with Keras.
// SqueezeNet 1.1 on ../shared/data/ants-bees at 224 px, the space of studies/ants-bees, two slots; the last trials have both cores.
// Without reuse it is run twice: as a search of its own, whose trials may be others since two slots end in any order, and with the trials and
// epochs of the run with reuse, one for one.
// Usage: npx tsx bench/study.ts [--trials 30] [--epochs 12] [--slots 2] [--seed 7] [--pruner funnel] [--memory '1.2 GB'] [--only reuse] [--peer] [--profile]
// With --only memory, the trials and epochs of the first run once more, one for one, without and with the amount of --memory in turns.
// A pruner with options is JSON: --pruner '{"type":"successiveHalving","minEpochs":3,"reduction":2}'
// The peer needs a Python with optuna and keras, named in HPO_PYTHON.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ImagesRecord, TrialEvent } from '../src/study/events.js';
import { parseStudy } from '../src/study/schema/parse-study.js';
import { openEngine } from '../src/engines/open-engine.js';
import { hasPython, runPeer } from './python.js';
import { type Floor, floorOf, type ImageCounts } from './study/floor.js';
import { Rates } from './study/rates.js';
import { profileStudy } from './study/profile.js';
import { type StudyOptions, type StudyRun, runStudyFile, writeStudy } from './study/run-cli.js';
import { type StudyWork, workOf } from './study/work.js';

/** Optuna (TPE, median pruner) with Keras 3 on the same data and space, 30 trials of 12 epochs, on two cores of this class. */
const RECORDED_PEER = { seconds: 685, value: 0.915, trials: 30, epochs: 12 };

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '30' },
    epochs: { type: 'string', default: '12' },
    slots: { type: 'string', default: '2' },
    seed: { type: 'string' },
    pruner: { type: 'string' },
    memory: { type: 'string' },
    only: { type: 'string' },
    /** Of --only memory. */
    turns: { type: 'string', default: '2' },
    peer: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const options: StudyOptions = {
  trials: Number(values.trials),
  epochs: Number(values.epochs),
  slots: Number(values.slots),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
  ...(values.pruner === undefined ? {} : { pruner: values.pruner }),
  ...(values.memory === undefined ? {} : { memory: values.memory }),
};

let rates: Rates | undefined;

const root = resolve(import.meta.dirname, '..');
if (!existsSync(resolve(root, '../shared/data/ants-bees'))) {
  console.error('skipped: ../shared/data/ants-bees is not here');
  process.exit(0);
}
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-study-'));
try {
  if (values.profile) await profile();
  else await compare();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function profile(): Promise<void> {
  const { places, wallSeconds, events, images } = await profileStudy(join(scratch, 'profile'), options);
  const { floor } = await floorFor(events, images);
  const least: Readonly<Record<string, number>> = {
    'frozen part': floor.prefix,
    'training steps': floor.training,
    evaluation: floor.evaluation,
  };
  const total = places.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(`trials took ${wallSeconds.toFixed(1)} s by the wall; seconds of ${options.slots} slots together:`);
  console.log(' seconds  share  floor');
  const row = (name: string, seconds: number, needed: number | undefined): void =>
    console.log(
      `${seconds.toFixed(2).padStart(8)} ${((100 * seconds) / total).toFixed(1).padStart(5)} % ${(needed?.toFixed(2) ?? '').padStart(6)}  ${name}`,
    );
  for (const { name, seconds } of places) row(name, seconds, least[name]);
  row('together', total, floor.total);
}

async function compare(): Promise<void> {
  const reused = await runStudyFile(join(scratch, 'reuse'), options, true);
  const { work, images, floor } = await floorFor(reused.events, imagesOf(reused));
  console.log(
    `${options.trials} trials of ${options.epochs} epochs, ${options.slots} slots, images: ${JSON.stringify(images)}`,
  );
  console.log(
    '\n                       wall s    cpu s  best F1  epochs  pruned   peak MB   images through the frozen part',
  );
  print('reuse', reused, work);
  const { heads } = work;
  const share = ((100 * heads.seconds) / work.seconds).toFixed(1);
  console.log(
    `${heads.epochs} of ${work.epochs} epochs train the head alone: ${share} % of the time of all epochs, without features`,
  );
  if (values.only === 'memory') return compareMemory(work);
  if (values.only === undefined) {
    const naive = await runStudyFile(join(scratch, 'naive'), options, false);
    print('no reuse', naive, (await floorFor(naive.events, imagesOf(naive))).work);
    ratio('no reuse / reuse', naive.wallSeconds / reused.wallSeconds, naive.cpuSeconds / reused.cpuSeconds);
    const same = await runStudyFile(join(scratch, 'same'), { ...options, replay: work.replay }, false);
    print('the same, no reuse', same, (await floorFor(same.events, imagesOf(same))).work);
    ratio('the same / reuse', same.wallSeconds / reused.wallSeconds, same.cpuSeconds / reused.cpuSeconds);
  }
  printFloor(reused, floor);
  comparePeer(reused, work);
}

/** The same trials without a budget and within one: peak and processor time. Every other turn begins with the other, so that a drift of the machine cancels. */
async function compareMemory({ replay }: StudyWork): Promise<void> {
  const { memory, ...rest } = options;
  const within = memory ?? '1.2 GB';
  const cpu: Record<'free' | 'within', number[]> = { free: [], within: [] };
  for (let turn = 1; turn <= Number(values.turns); turn++) {
    const kinds = ['free', 'within'] as const;
    for (const kind of turn % 2 === 1 ? kinds : kinds.toReversed()) {
      const budget = kind === 'free' ? {} : { memory: within };
      const run = await runStudyFile(join(scratch, `${kind}-${turn}`), { ...rest, ...budget, replay }, true);
      cpu[kind].push(run.cpuSeconds);
      print(kind === 'free' ? 'as much as it likes' : within, run, (await floorFor(run.events, imagesOf(run))).work);
    }
  }
  const ratios = cpu.free.map((free, i) => (cpu.within[i] ?? NaN) / free);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const overall = (sum(cpu.within) / sum(cpu.free)).toFixed(3);
  console.log(
    `processor time within ${within} over that without: ${overall} (turns ${ratios.map((one) => one.toFixed(3)).join(' ')})`,
  );
}

/** What the study did, and the least that this could take here and now. */
async function floorFor(
  events: readonly TrialEvent[],
  { counts }: ImagesRecord,
): Promise<{ work: StudyWork; images: ImageCounts; floor: Floor }> {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const images = { train: sum(counts.train), validation: sum(counts.validation) };
  const file = writeStudy(join(scratch, 'read'), options);
  const definition = parseStudy(readFileSync(file, 'utf8'), file, 'ants-bees');
  const work = workOf(events, definition.training, definition.objective.metric);
  const { name = '', weights = '', inputSize = 224 } = definition.backbone ?? {};
  rates ??= await Rates.of(await openEngine('onnx'), name, weights as string, inputSize, 2);
  return { work, images, floor: await floorOf(work, images, options.slots, rates) };
}

function imagesOf({ events }: StudyRun): ImagesRecord {
  const created = events.find((event) => event.type === 'created');
  if (created?.type !== 'created' || created.study.images === undefined) throw new Error('the study names no images');
  return created.study.images;
}

function print(name: string, run: StudyRun, work: StudyWork): void {
  const cells = [run.wallSeconds.toFixed(1).padStart(8), run.cpuSeconds.toFixed(1).padStart(8)];
  const counts = [work.bestValue.toFixed(4).padStart(8), work.epochs, work.pruned].map((cell) =>
    String(cell).padStart(7),
  );
  const memory = (run.peakMemory / 1e6).toFixed(0).padStart(9);
  console.log(
    `${name.padEnd(20)} ${cells.join(' ')} ${counts.join(' ')} ${memory}   ${work.computed} of ${work.needed}`,
  );
}

function ratio(name: string, wall: number, cpu: number): void {
  console.log(`${name.padEnd(20)} ${`${wall.toFixed(2)}×`.padStart(8)} ${`${cpu.toFixed(2)}×`.padStart(8)}`);
}

function printFloor(run: StudyRun, { prefix, training, evaluation, total, placed }: Floor): void {
  console.log(
    `\nfloor, seconds of processor: frozen part ${prefix.toFixed(1)}, training steps ${training.toFixed(1)}, evaluation ${evaluation.toFixed(1)}`,
  );
  console.log(
    `${'floor'.padEnd(20)} ${(total / options.slots).toFixed(1).padStart(8)} ${total.toFixed(1).padStart(8)}`,
  );
  ratio('reuse / floor', run.wallSeconds / (total / options.slots), run.cpuSeconds / total);
  const least = `${placed.toFixed(1)} s: the study takes ${(run.wallSeconds / placed).toFixed(2)} times as long`;
  console.log(`the same floor, where a trial has one core and trials begin in this order: ${least}`);
}

function comparePeer(run: StudyRun, work: StudyWork): void {
  const { trials, epochs } = options;
  if (values.peer && hasPython('optuna', 'keras', 'h5py', 'PIL')) {
    const file = join(scratch, 'read', 'study.json');
    const peer = runPeer<{ seconds: number; value: number }>('optuna_keras', file);
    console.log(
      `\nOptuna with Keras, here: ${peer.seconds.toFixed(0)} s, F1 ${peer.value.toFixed(4)}: ${(peer.seconds / run.wallSeconds).toFixed(1)}× as long`,
    );
  }
  if (trials !== RECORDED_PEER.trials || epochs !== RECORDED_PEER.epochs) return;
  console.log(
    `\nOptuna with Keras, as recorded: ${RECORDED_PEER.seconds} s, F1 ${RECORDED_PEER.value}: ` +
      `${(RECORDED_PEER.seconds / run.wallSeconds).toFixed(1)}× as long; F1 here ${work.bestValue.toFixed(4)}`,
  );
}
