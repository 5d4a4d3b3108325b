// How often the interval of a metric contains the truth, beside a plain bootstrap: npx tsx bench/intervals.ts [cases] [resamples]
import { RandomStream } from '../src/math/random.js';
import { quantile } from '../src/math/quantile.js';
import { bootstrapInterval } from '../src/metrics/bootstrap.js';
import { accuracy, macro } from '../src/metrics/scores.js';

const CASES = Number(process.argv[2] ?? 400);
const RESAMPLES = Number(process.argv[3] ?? 500);
const SIZES = [10, 20, 50, 100, 200, 500];
const TRUTHS = [0.5, 0.7, 0.8, 0.9, 0.95, 0.99];
/** Images of a class for one of the first. */
const MIXES: readonly { readonly name: string; readonly weights: readonly number[] }[] = [
  { name: '2 classes', weights: [1, 1] },
  { name: '2 classes, 1 : 9', weights: [1, 9] },
  { name: '5 classes', weights: [1, 1, 1, 1, 1] },
  { name: '10 classes', weights: new Array<number>(10).fill(1) },
];
const METRICS = { accuracy, macroF1: (confusion: number[][]) => macro(confusion, 'f1') };

interface Found {
  readonly held: number;
  readonly width: number;
}

/** At least one image of each class. */
function sizesOf(weights: readonly number[], images: number): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => Math.max(1, Math.round((images * weight) / total)));
}

/** Confusions of a model that is right with this probability; a wrong image is any of the other classes. */
function confusionOf(sizes: readonly number[], rights: readonly number[]): number[][] {
  return sizes.map((size, actual) =>
    sizes.map((_, predicted) =>
      predicted === actual ? rights[actual]! : (size - rights[actual]!) / (sizes.length - 1),
    ),
  );
}

function drawn(
  sizes: readonly number[],
  truth: number,
  random: RandomStream,
): { labels: number[]; predicted: number[] } {
  const labels = sizes.flatMap((size, k) => new Array<number>(size).fill(k));
  const predicted = labels.map((label) =>
    random.next() < truth ? label : (label + 1 + random.integer(sizes.length - 1)) % sizes.length,
  );
  return { labels, predicted };
}

/** Efron's percentile interval, stratified: what can be drawn is what was seen. */
function plain(
  { labels, predicted }: { labels: number[]; predicted: number[] },
  sizes: readonly number[],
  of: (confusion: number[][]) => number,
  random: RandomStream,
): readonly [number, number] {
  const starts = sizes.map((_, k) => labels.indexOf(k));
  const values = Array.from({ length: RESAMPLES }, () => {
    const confusion = sizes.map(() => new Array<number>(sizes.length).fill(0));
    sizes.forEach((size, k) => {
      for (let i = 0; i < size; i++) confusion[k]![predicted[starts[k]! + random.integer(size)]!]!++;
    });
    return of(confusion);
  });
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

function measure(
  metric: keyof typeof METRICS,
  weights: readonly number[],
  images: number,
  truth: number,
): [Found, Found] {
  const of = METRICS[metric];
  const sizes = sizesOf(weights, images);
  const classes = sizes.map(String);
  const named = classes.map((_, k) => `class ${k}`);
  const real = of(
    confusionOf(
      sizes,
      sizes.map((size) => size * truth),
    ),
  );
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < CASES; i++) {
    const random = RandomStream.of('intervals', metric, weights.join(), images, truth, i);
    const one = drawn(sizes, truth, random);
    const probabilities = one.predicted.flatMap((predicted) => sizes.map((_, k) => Number(k === predicted)));
    const scored = { labels: one.labels, probabilities, classCount: sizes.length };
    const { low, high } = bootstrapInterval(scored, named, metric, random.derive('smoothed'), { resamples: RESAMPLES });
    const [from, to] = plain(one, sizes, of, random.derive('plain'));
    sums[0]! += Number(low <= real + 1e-12 && real <= high + 1e-12);
    sums[1]! += high - low;
    sums[2]! += Number(from <= real + 1e-12 && real <= to + 1e-12);
    sums[3]! += to - from;
  }
  const [held, width, plainHeld, plainWidth] = sums.map((sum) => sum / CASES) as [number, number, number, number];
  return [
    { held, width },
    { held: plainHeld, width: plainWidth },
  ];
}

console.log(
  `share of ${CASES} drawn cases in which the 95 % interval contains the truth (plain bootstrap in brackets); the last line: mean width over all truths`,
);
for (const metric of ['accuracy', 'macroF1'] as const) {
  for (const { name, weights } of MIXES) {
    console.log(`\n${metric}, ${name}`.padEnd(32) + SIZES.map((size) => `${size} images`.padStart(14)).join(''));
    const widths = SIZES.map(() => [0, 0] as [number, number]);
    for (const truth of TRUTHS) {
      const cells = SIZES.map((size, i) => {
        if (size < weights.length) return '·'.padStart(14);
        const [own, other] = measure(metric, weights, size, truth);
        widths[i]![0] += own.width / TRUTHS.length;
        widths[i]![1] += other.width / TRUTHS.length;
        return `${(100 * own.held).toFixed(0)} (${(100 * other.held).toFixed(0)})`.padStart(14);
      });
      console.log(`  truth ${truth}`.padEnd(31) + cells.join(''));
    }
    console.log(
      '  width'.padEnd(31) +
        widths.map(([own, other]) => `${own.toFixed(2)} (${other.toFixed(2)})`.padStart(14)).join(''),
    );
  }
}
