// Runs range tests of a study and shows what they found.
import { resolve } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { boundsOf } from '../../trainer/range-test/rate-curve.js';
import { type Cli, writeJson } from '../cli.js';
import type { LrFindOptions } from '../commands/lr-find.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { shortPath } from '../short-path.js';
import { readStudyFile } from '../study-file.js';
import { lrFindLines, titleOf } from './lr-find-text.js';
import { type RangeTestResult, runRangeTests } from './run-range-tests.js';

/** Failed where the curves suggest nothing. @throws HpoError ERR_USAGE and whatever would keep the study from running. */
export async function executeLrFind(cli: Cli, text: string, options: LrFindOptions): Promise<ExitCode> {
  checkOptions(options);
  const { out, err } = cli.terminal;
  const result = await runRangeTests(readStudyFile(text), options, err);
  if (options.json === true) {
    const { tested, ...rest } = result;
    writeJson(cli, { ...rest, tested: tested.map((one) => ({ ...one, bounds: boundsOf(one.curve) ?? null })) });
  } else {
    for (const line of lrFindLines(result, out.style, out.columns)) out.line(line);
  }
  if (options.out !== undefined) {
    await writePicture(options.out, result);
    err.line(shortPath(resolve(options.out)));
  }
  return result.suggestions.length > 0 ? EXIT.done : EXIT.failed;
}

function checkOptions({ out, from, to }: LrFindOptions): void {
  if (from >= to) throw new HpoError('ERR_USAGE', `expected --from below --to, got ${from} and ${to}`);
  if (out !== undefined && !/\.(svg|png)$/i.test(out)) {
    throw new HpoError('ERR_USAGE', `expected a file that ends with .svg or .png at --out, got ${out}`);
  }
}

async function writePicture(out: string, { tested, configuration }: RangeTestResult): Promise<void> {
  const { ratePlot } = await import('../../report/plots/rate-plot.js');
  const { pngOf, svgOf } = await import('../../report/plot-file.js');
  const plot = ratePlot(
    tested.map(({ depth, curve }) => ({
      name: titleOf(depth, configuration.headEpochs),
      points: curve.points,
      bounds: boundsOf(curve),
    })),
  );
  try {
    await writeAtomically(resolve(out), [/\.svg$/i.test(out) ? Buffer.from(svgOf(plot)) : await pngOf(plot)]);
  } catch (cause) {
    throw new HpoError('ERR_USAGE', `expected a place for the picture, got ${messageOf(cause)} at ${out}`, { cause });
  }
}
