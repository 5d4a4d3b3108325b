// What an export says of its ensemble and of its calibration.
import type { Exported } from '../../app/export-study.js';
import { formatMetric, formatScalar } from '../../system/format.js';

export function exportLines(ensemble: Exported['ensemble'], calibration: Exported['calibration']): string[] {
  return [...ensembleLines(ensemble), ...calibrationLines(calibration)];
}

function ensembleLines(ensemble: Exported['ensemble']): string[] {
  if (ensemble === undefined) return [];
  const rows = [
    ['the best trial alone', ensemble.expected.single],
    ['the ensemble', ensemble.expected.ensemble],
  ] as const;
  const members = ensemble.members.map(({ trial, share }) => `trial ${trial.number} × ${formatMetric(share)}`);
  return [
    `ensemble of ${members.join(', ')}. Expected on other images:`,
    ...rows.map(([name, { value, low, high }]) => {
      return `  ${name.padEnd(20)}  ${formatMetric(value)} (${formatMetric(low)} … ${formatMetric(high)})`;
    }),
  ];
}

function calibrationLines(calibration: Exported['calibration']): string[] {
  if (calibration === undefined) return [];
  const { temperature, errorBefore, errorAfter, isApplied } = calibration;
  const [before, after] = [errorBefore, errorAfter].map(formatMetric);
  if (isApplied) {
    return [
      `calibration error ${after} at temperature ${formatScalar(temperature)}, on the validation images (${before} as trained)`,
    ];
  }
  return errorBefore - errorAfter < 0.01
    ? [`calibration error ${before}, on the validation images`]
    : [`calibration error ${before}, on the validation images; --calibrate makes it ${after}`];
}
