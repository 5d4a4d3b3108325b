// How long a study takes to the score that it ends at without the prior: whole studies in turns, the same seed with and without prior and freezeThaw.
// Usage: npx tsx bench/time-to-score.ts [--study studies/ants-bees] [--seeds 7,8] [--trials 30] [--epochs 12] [--workers 1] [--size 224] [--keep FILE]
//
// Seconds are of the processor, all threads of the study together, so another program on the machine costs little. Each study has a cache of its own.
// Ratios are of the later setting to `before`; a study that never reaches the score counts as infinitely late.
// The figures so far follow each seed, so a run that is cut has told what it measured. --keep appends each study's course as a line of JSON.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { StudyInput } from '../src/app/files/study-file.js';
import { runStudy } from '../src/app/run-study.js';
import { median } from '../src/math/quantile.js';
import type { Parameters } from '../src/study/parameters.js';
import type { PrunerOptions } from '../src/study/pruner-options.js';
import { must } from '../src/system/must.js';

const { values: given } = parseArgs({
  options: {
    study: { type: 'string', default: 'studies/ants-bees' },
    seeds: { type: 'string', default: '7,8' },
    trials: { type: 'string', default: '30' },
    epochs: { type: 'string', default: '12' },
    workers: { type: 'string', default: '1' },
    size: { type: 'string' },
    settings: { type: 'string', default: 'before,now' },
    keep: { type: 'string' },
  },
});

interface Setting {
  readonly name: string;
  readonly prior: 'none' | 'fineTuning';
  readonly pruner: PrunerOptions;
}

const SETTINGS: readonly Setting[] = [
  { name: 'before', prior: 'none', pruner: { type: 'median' } },
  { name: 'now', prior: 'fineTuning', pruner: { type: 'freezeThaw' } },
  { name: 'prior alone', prior: 'fineTuning', pruner: { type: 'median' } },
  { name: 'freezeThaw alone', prior: 'none', pruner: { type: 'freezeThaw' } },
];

interface Course {
  /** The best value at each report, by seconds of the processor. */
  readonly curve: readonly { readonly seconds: number; readonly best: number }[];
  readonly seconds: number;
  readonly best: number;
  readonly epochs: number;
  readonly trials: readonly { readonly parameters: Parameters; readonly best: number | undefined }[];
}

const file = resolve(given.study, 'study.json');
const home = dirname(file);
const shared = resolve(home, '../../../shared');

/** The study of the file, its paths made absolute. */
function studyOf({ prior, pruner }: Setting, seed: number): StudyInput {
  const text = readFileSync(file, 'utf8').replaceAll('../../../shared', shared);
  const study = JSON.parse(text) as StudyInput & { $schema?: string };
  const { $schema: _, baseline: _baseline, backbone, ...rest } = study;
  const size = given.size === undefined ? {} : { inputSize: Number(given.size) };
  return {
    ...rest,
    backbone: { ...backbone, ...size },
    search: { ...study.search, trials: Number(given.trials), seed, prior },
    pruner,
    training: { ...study.training, epochs: Number(given.epochs) },
    resources: { workers: Number(given.workers), engine: 'onnx' },
  };
}

async function courseOf(study: StudyInput): Promise<Course> {
  const directory = mkdtempSync(join(tmpdir(), 'hpo-time-to-score-'));
  process.env['HPO_CACHE'] = join(directory, 'cache');
  const began = process.cpuUsage();
  const seconds = (): number => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  };
  const curve: Course['curve'][number][] = [];
  let best = 0;
  try {
    const { history } = await runStudy(study, {
      directory,
      onEvent(event) {
        if (event.type !== 'reported') return;
        best = Math.max(best, event.report.metrics['macroF1'] ?? 0);
        curve.push({ seconds: seconds(), best });
      },
    });
    const trials = history.trials.map((trial) => ({ parameters: trial.parameters, best: trial.best?.value }));
    return { curve, seconds: seconds(), best, epochs: curve.length, trials };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const settings = given.settings.split(',').map((name) => {
  return must(
    SETTINGS.find((setting) => setting.name === name),
    `one of ${SETTINGS.map(({ name }) => name).join(', ')}`,
  );
});
const ratios = new Map<string, number[]>();
const scores = new Map<string, number[]>();
console.log(`${file}: ${given.trials} trials of ${given.epochs} epochs, ${given.workers} workers`);
console.log('seed  setting            epochs  seconds   best F1   seconds to the F1 of the first setting');
for (const seed of given.seeds.split(',').map(Number)) {
  const courses = new Map<Setting, Course>();
  // In turns, so that what changes on the machine changes for all.
  for (const setting of seed % 2 === 1 ? settings : settings.toReversed()) {
    const course = await courseOf(studyOf(setting, seed));
    courses.set(setting, course);
    if (given.keep !== undefined) {
      appendFileSync(given.keep, `${JSON.stringify({ given, seed, setting: setting.name, ...course })}\n`);
    }
  }
  const first = must(courses.get(must(settings[0], 'a setting')), 'a course');
  const until = ({ curve }: Course): number | undefined => curve.find(({ best }) => best >= first.best)?.seconds;
  const unit = must(until(first), 'its own score');
  for (const setting of settings) {
    const course = must(courses.get(setting), 'a course');
    const reached = until(course);
    ratios.set(setting.name, [...(ratios.get(setting.name) ?? []), (reached ?? Infinity) / unit]);
    scores.set(setting.name, [...(scores.get(setting.name) ?? []), course.best]);
    console.log(
      `${String(seed).padEnd(5)} ${setting.name.padEnd(18)} ${String(course.epochs).padStart(6)} ${course.seconds.toFixed(1).padStart(8)} ${course.best.toFixed(4).padStart(9)}   ${reached?.toFixed(1) ?? 'not reached'}`,
    );
  }
  for (const { name } of settings) {
    const own = must(ratios.get(name), 'ratios');
    const f1 = must(scores.get(name), 'scores');
    const mean = f1.reduce((sum, score) => sum + score, 0) / f1.length;
    console.log(`${name}: median ratio ${median(own).toFixed(2)}, mean F1 ${mean.toFixed(4)}`);
  }
}
