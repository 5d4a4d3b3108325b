// The trials as the page's script reads them: for the table, and for what hovering says.
import type { Scalar } from '../../study/parameters.js';
import { valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import { trainingSeconds } from '../../study/training-time.js';
import { counted, formatDuration, formatMetric, formatScalar } from '../../system/format.js';
import { rounded } from '../plots/range.js';
import type { ReportInput } from '../report-input.js';
import { ownValue } from '../../system/own.js';

export interface TrialData {
  readonly metric: string;
  readonly maximize: boolean;
  readonly parameters: readonly string[];
  /** Number, state, value, best epoch, epochs, seconds, reason, then the parameters. */
  readonly rows: readonly (Scalar | null)[][];
  /** The same as they are printed. */
  readonly texts: readonly (readonly string[])[];
  /** Of each trial the objective's values by epoch; null where there is none. */
  readonly curves: readonly (readonly (number | null)[])[];
  /** The number of the trial to go with. */
  readonly best?: number;
}

export function trialData({ history, definition }: ReportInput, best: number | undefined): TrialData {
  const parameters = Object.keys(definition.space);
  const texts = history.trials.map((trial): string[] => {
    const seconds = trainingSeconds(trial);
    return [
      String(trial.number),
      stateOf(trial),
      trial.best === undefined ? UNKNOWN : formatMetric(trial.best.value),
      String(trial.best?.epoch ?? UNKNOWN),
      String(trial.reports.length),
      seconds === undefined ? UNKNOWN : formatDuration(seconds),
      reasonOf(trial),
      ...parameters.map((name) => {
        const value = ownValue(trial.parameters, name);
        return value === undefined ? UNKNOWN : formatScalar(value);
      }),
    ];
  });
  return {
    texts,
    curves: history.trials.map(({ reports }) =>
      reports.map((report) => {
        const value = valueOf(history.objective, report);
        return value === undefined ? null : rounded(value);
      }),
    ),
    metric: history.objective.metric,
    maximize: history.objective.direction === 'maximize',
    parameters,
    ...(best === undefined ? {} : { best }),
    rows: history.trials.map((trial) => {
      return [
        trial.number,
        stateOf(trial),
        trial.best?.value ?? null,
        trial.best?.epoch ?? null,
        trial.reports.length,
        trainingSeconds(trial) ?? null,
        reasonOf(trial),
        ...parameters.map((name) => shortened(ownValue(trial.parameters, name))),
      ];
    }),
  };
}

/** Folds, repeats and the baseline are no trials of the search, and say so. */
function stateOf({ state, source, fold, folds }: Trial): string {
  if (fold !== undefined) return `fold ${fold.index + 1} of trial ${fold.of}, ${state}`;
  if (folds !== undefined) return `${state}, ${counted(folds.length, 'fold')}`;
  if (source === 'confirmation') return state === 'completed' ? 'repeat' : `repeat, ${state}`;
  if (source === 'baseline') return state === 'completed' ? 'from scratch' : `from scratch, ${state}`;
  return state;
}

const UNKNOWN = '·';
const LONGEST_REASON = 300;

function reasonOf({ outcome, note }: Trial): string {
  const reason = outcome?.status === 'failed' ? `${outcome.kind}: ${outcome.message}` : (outcome?.reason ?? note ?? '');
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

function shortened(value: Scalar | undefined): Scalar | null {
  if (value === undefined) return null;
  return typeof value === 'number' && Number.isFinite(value)
    ? rounded(value)
    : typeof value === 'number'
      ? null
      : value;
}
