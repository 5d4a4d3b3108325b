// Several studies on one page: which is best, how fast each got there, and with what.
import { must } from '../system/must.js';
import { isBetter } from '../study/objective.js';
import { HpoError } from '../study/errors.js';
import { trainingTime } from '../study/training-time.js';
import { type WinnerEvaluation, evaluateWinner } from './winner-evaluation.js';
import { renderDocument } from './page/document.js';
import { figure } from './page/figure.js';
import { type Html, escape, section, table } from './page/html.js';
import { comparisonPlots } from './plots/comparison-plots.js';
import type { ReportInput } from './report-input.js';
import { searchTrials } from './search-trials.js';
import { counted, formatDuration, formatMetric, formatScalar } from '../system/format.js';
import { ownValue } from '../system/own.js';

/** @throws HpoError ERR_USAGE where the studies are about different metrics, which nothing compares. */
export function renderComparison(given: readonly ReportInput[], madeAt: number): Html {
  const inputs = namedApart(given);
  const [first] = inputs;
  if (first === undefined) throw new HpoError('ERR_USAGE', 'expected at least one study to compare, got none');
  const { objective } = first.history;
  for (const { name, history } of inputs) {
    if (history.objective.metric !== objective.metric || history.objective.direction !== objective.direction) {
      const own = `${history.objective.direction} ${history.objective.metric}`;
      throw new HpoError(
        'ERR_USAGE',
        `expected studies that ${objective.direction} ${objective.metric}, got ${own} at ${name}`,
      );
    }
  }
  const plots = comparisonPlots(inputs);
  const studies = inputs.map((input) => ({ input, evaluation: evaluateWinner(input) }));
  const ranked = studies.toSorted((a, b) => rank(a.evaluation, b.evaluation, objective));
  const figures = plots.map((plot) => [plot.id, section(plot.id, plot.title, figure(plot))] as const);
  return renderDocument({
    title: `${counted(inputs.length, 'study', 'studies')} compared`,
    subtitle: escape(`by ${objective.metric}, ${objective.direction === 'maximize' ? 'more' : 'less'} is better`),
    contents: [
      ['answer', 'Answer'],
      ...plots.map(({ id, title }) => [id, title] as const),
      ['configurations', 'Best configurations'],
    ],
    sections: [
      ['answer', section('answer', 'Best of each study', ranking(ranked))],
      ...figures,
      ['configurations', section('configurations', 'Best configurations', configurations(ranked))],
    ],
    plots,
    footer: `Made by hpo, ${escape(new Date(madeAt).toISOString().slice(0, 16).replace('T', ' '))} UTC.`,
  });
}

/** Studies of one name also by where they are, or, where that is one too, by their place on the page. */
function namedApart(inputs: readonly ReportInput[]): ReportInput[] {
  const shared = (names: readonly string[], name: string): boolean => names.filter((one) => one === name).length > 1;
  const names = inputs.map(({ name }) => name);
  const places = inputs.map(({ name, studyPath }) => {
    return shared(names, name) && studyPath !== undefined ? `${name} (${studyPath})` : name;
  });
  return inputs.map((input, i) => {
    const name = must(places[i], 'a name');
    return { ...input, name: shared(places, name) ? `${name}, no. ${i + 1}` : name };
  });
}

interface EvaluatedStudy {
  readonly input: ReportInput;
  readonly evaluation: WinnerEvaluation | undefined;
}

function rank(
  a: WinnerEvaluation | undefined,
  b: WinnerEvaluation | undefined,
  objective: ReportInput['history']['objective'],
): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a.value === b.value ? 0 : isBetter(objective, a.value, b.value) ? -1 : 1;
}

function ranking(studies: readonly EvaluatedStudy[]): Html {
  const rows = studies.map(({ input, evaluation }) => {
    const { interval } = evaluation ?? {};
    const seconds = trainingTime(input.history.trials);
    return [
      escape(input.name),
      evaluation === undefined ? '·' : `<b>${formatMetric(evaluation.value)}</b>`,
      interval === undefined ? '·' : `${formatMetric(interval.low)} – ${formatMetric(interval.high)}`,
      evaluation === undefined ? '·' : String(evaluation.trial.number),
      String(searchTrials(input.history).length),
      escape(input.definition.search.strategy),
      escape(input.definition.pruner.type),
      seconds === 0 ? '·' : formatDuration(seconds),
    ];
  });
  return table(
    'Best of each study',
    ['study', 'best', 'interval', 'trial', 'trials', 'search', 'pruner', 'training'],
    rows,
    'numbers',
  );
}

function configurations(studies: readonly EvaluatedStudy[]): Html {
  const names = [...new Set(studies.flatMap(({ input }) => Object.keys(input.definition.space)))];
  const rows = names.map((name) => [
    escape(name),
    ...studies.map(({ evaluation }) => {
      const value = ownValue(evaluation?.trial.parameters, name);
      return value === undefined ? '·' : `<code>${escape(formatScalar(value))}</code>`;
    }),
  ]);
  return table('Best configurations', ['', ...studies.map(({ input }) => escape(input.name))], rows);
}
