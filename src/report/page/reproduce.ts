// The environment, and how to get the same numbers again.
import { winnerOf } from '../../controller/confirmation.js';
import type { ReportInput } from '../report-input.js';
import { counted } from '../../system/format.js';
import { type Html, escape, listing, table } from './html.js';

export function reproduce(input: ReportInput): Html {
  const { definition, environment = [], history } = input;
  const pruner = definition.pruner.type;
  const rows: (readonly [string, string])[] = [
    ['seed', String(definition.search.seed)],
    ['search', `${definition.search.strategy}, ${counted(definition.search.trials, 'trial')}`],
    ['pruner', pruner],
    ['objective', `${definition.objective.direction} ${definition.objective.metric}`],
    ...(definition.backbone?.name === undefined ? [] : [['backbone', definition.backbone.name] as const]),
    ...environment,
  ];
  const best = winnerOf(history)?.trial.parameters;
  const study = escape(input.studyPath ?? 'study.json');
  return `${table(
    'Environment',
    [],
    rows.map(([name, value]) => [escape(name), escape(value)]),
    'pairs',
  )}
<p>The same study from the start: <code>hpo run ${study} --fresh</code>. With one worker and one thread it gives the same numbers.</p>
${best === undefined ? '' : `<details><summary>Best parameters as JSON</summary>${listing('Best parameters as JSON', JSON.stringify(best, null, 2))}</details>`}
<details><summary>The study, all defaults filled in</summary>${listing('The study as JSON', JSON.stringify(definition, null, 2))}</details>
${warnings(history.warnings)}`;
}

const MOST_WARNINGS = 50;

function warnings(all: readonly string[]): Html {
  if (all.length === 0) return '';
  const shown = all.slice(-MOST_WARNINGS).map((one) => `<li>${escape(one)}</li>`);
  return `<details><summary>${counted(all.length, 'warning')}</summary><ul>${shown.join('')}</ul></details>`;
}
