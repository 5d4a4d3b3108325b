// The curves of range tests as a picture.
import { resolve } from 'node:path';
import type { RangeTestResult } from '../../app/find-learning-rates.js';
import { pngOf, svgOf } from '../../report/plot-file.js';
import { ratePlot } from '../../report/plots/rate-plot.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { boundsOf } from '../../trainer/range-test/rate-curve.js';
import { titleOf } from './lr-find-text.js';

/** @throws HpoError ERR_USAGE where it cannot be written. */
export async function writeRatePicture(out: string, { tested, configuration }: RangeTestResult): Promise<void> {
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
    throw new HpoError('ERR_USAGE', `expected a writable file for the picture, got ${messageOf(cause)} at ${out}`, {
      cause,
    });
  }
}
