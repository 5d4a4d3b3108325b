// How often the interval of the bias-corrected estimate holds the winner's F1 on fresh images: npx tsx bench/truth.ts [studies] [first seed]
// Linear probes of QuickNet on drawn traffic signs, whose images are unlimited: 15 trials, 128 training and 96 validation images a study.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStudy } from '../src/app/run-study.js';
import { readStudy } from '../src/app/files/read-study.js';
import { winnerEvaluation } from '../src/app/winner.js';
import { backboneWeights } from '../src/backbones/backbone-weights.js';
import { frozenBlocks } from '../src/backbones/frozen-blocks.js';
import { getBackbone } from '../src/backbones/registry.js';
import { expectedValueOf } from '../src/controller/expected-value.js';
import { openEngine } from '../src/engines/open-engine.js';
import { GraphBuilder } from '../src/graph/builder.js';
import { classOf, sourceOf } from '../src/images/indexing/image-index.js';
import { indexDrawn } from '../src/images/indexing/index-drawn.js';
import { readPixels } from '../src/images/pixels.js';
import { quantile } from '../src/math/quantile.js';
import { confusionOf } from '../src/metrics/confusion.js';
import { macro } from '../src/metrics/scores.js';
import type { StudyInput } from '../src/app/files/study-file.js';
import { must } from '../src/system/must.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../src/trainer/finetune/tail.js';
import { bestWeightsFile, readBestWeights } from '../src/trainer/model/trained-model.js';

const STUDIES = Number(process.argv[2] ?? 100);
const FIRST = Number(process.argv[3] ?? 0);
const FRESH = 2000;
const BACKBONE = 'quicknet';

function studyOf(seed: number): StudyInput {
  return {
    name: `truth ${seed}`,
    data: { drawn: { family: 'traffic-signs', perClass: { train: 16, validation: 12 }, seed: 1000 + seed } },
    backbone: { name: BACKBONE },
    space: {
      learningRate: { type: 'float', min: 1e-4, max: 0.1, scale: 'log' },
      batchSize: { type: 'choice', values: [8, 16, 32], ordinal: true },
      dropout: { type: 'float', min: 0, max: 0.6 },
      l2: { type: 'float', min: 1e-6, max: 1e-2, scale: 'log' },
      labelSmoothing: { type: 'float', min: 0, max: 0.2 },
    },
    search: { strategy: 'bayesian', prior: 'none', trials: 15, seed },
    pruner: { type: 'median' },
    training: { epochs: 8, unfreezeDepth: 0, headEpochs: 0 },
    resources: { workers: 1, engine: 'onnx' },
  };
}

interface Fresh {
  readonly labels: number[];
  /** [images, channels] */
  readonly features: Float32Array;
  readonly channels: number;
}

/** Pooled features of images that no study has. */
async function freshImages(): Promise<Fresh> {
  const backbone = getBackbone(BACKBONE);
  const side = backbone.inputSize;
  const perClass = { train: 1, validation: 1, test: FRESH / 8 };
  const index = indexDrawn({ family: 'traffic-signs', perClass, seed: 1 });
  const g = new GraphBuilder();
  const weights = await backboneWeights(backbone, undefined, 0);
  g.output('features', frozenBlocks(g, backbone, weights, side, { from: 0, to: 'pooled' }));
  const engine = await openEngine('onnx');
  const program = await engine.compile(g.build());
  const state = engine.createState(new Map());
  const rows: Float32Array[] = [];
  for (const entry of index.splits.test) {
    const outputs = await program.run(state, { pixels: await readPixels(sourceOf(index, 'test', entry), side) });
    rows.push(Float32Array.from(must(outputs['features'], 'features')));
  }
  await engine.dispose();
  const channels = must(rows[0], 'an image').length;
  const features = new Float32Array(rows.length * channels);
  rows.forEach((row, i) => features.set(row, i * channels));
  return { labels: index.splits.test.map(classOf), features, channels };
}

function f1Of({ labels, features, channels }: Fresh, kernel: ArrayLike<number>, bias: ArrayLike<number>): number {
  const classes = bias.length;
  const predictions = labels.map((_, image) => {
    let [best, highest] = [0, -Infinity];
    for (let k = 0; k < classes; k++) {
      let logit = bias[k]!;
      for (let c = 0; c < channels; c++) logit += features[image * channels + c]! * kernel[c * classes + k]!;
      if (logit > highest) [best, highest] = [k, logit];
    }
    return best;
  });
  return macro(confusionOf(labels, predictions, classes), 'f1');
}

const fresh = await freshImages();
console.log('study   validation (interval)            expected (interval)              on fresh images');
const found: {
  validation: number;
  expected: number;
  truth: number;
  plainHolds: boolean;
  holds: boolean;
  width: number;
}[] = [];
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
for (let seed = FIRST; seed < FIRST + STUDIES; seed++) {
  const directory = mkdtempSync(join(tmpdir(), 'hpo-truth-'));
  try {
    const { best, run } = await runStudy(studyOf(seed), { directory });
    const view = await readStudy(run);
    const trial = must(best, 'a winner');
    const { value, epoch } = must(trial.best, 'a value');
    const weights = await readBestWeights(bestWeightsFile(join(view.layout.trials, String(trial.number))), epoch);
    const truth = f1Of(
      fresh,
      must(weights.get(HEAD_KERNEL), 'a head').data,
      must(weights.get(HEAD_BIAS), 'a head').data,
    );
    const plain = must((await winnerEvaluation(view, {}))?.interval, 'an interval');
    const expected = expectedValueOf(view.history, view.record);
    if (typeof expected !== 'object') throw new Error(expected ?? 'no estimate');
    const holds = expected.low <= truth && truth <= expected.high;
    const plainHolds = plain.low <= truth && truth <= plain.high;
    found.push({
      validation: value,
      expected: expected.value,
      truth,
      plainHolds,
      holds,
      width: expected.high - expected.low,
    });
    const text = (one: { value: number; low: number; high: number }, isHeld: boolean): string =>
      `${one.value.toFixed(3)} (${one.low.toFixed(3)} … ${one.high.toFixed(3)}) ${isHeld ? ' ' : '✗'}`.padEnd(32);
    console.log(
      `${String(seed).padEnd(7)} ${text({ ...plain, value }, plainHolds)} ${text(expected, holds)} ${truth.toFixed(3)}`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const mean = (of: (study: (typeof found)[number]) => number): number =>
  found.reduce((sum, study) => sum + of(study), 0) / found.length;
const count = (of: (study: (typeof found)[number]) => boolean): number => found.filter(of).length;
const errors = found.map(({ expected, truth }) => Math.abs(expected - truth));
console.log(
  `\n${found.length} studies, macro F1 on ${FRESH} fresh images ${mean(({ truth }) => truth).toFixed(3)} in the mean`,
);
console.log(
  `validation value: ${signed(mean((s) => s.validation - s.truth))} points too high in the mean; its interval holds the truth in ${count((s) => s.plainHolds)}`,
);
console.log(
  `bias-corrected:   ${signed(mean((s) => s.expected - s.truth))} points; median error ${(100 * quantile(errors, 0.5)).toFixed(1)}; its interval (${(100 * mean((s) => s.width)).toFixed(1)} points wide) holds the truth in ${count((s) => s.holds)}`,
);
