// Studies unlike the usual one: minimized, conditional, boolean, constant, diverged, of a trainer of one's own.
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { StudyModel } from '../../src/dashboard/model/study-model.js';
import { INITIAL_UI } from '../../src/dashboard/ui.js';
import { Screen } from '../../src/dashboard/views/screen.js';
import { RandomStream } from '../../src/math/random.js';
import { exportCsv } from '../../src/report/formats/csv.js';
import { exportOptuna } from '../../src/report/formats/optuna-journal.js';
import { exportTensorBoard } from '../../src/report/formats/tensorboard.js';
import { svgOf } from '../../src/report/plot-file.js';
import { allPlots } from '../../src/report/plots/all-plots.js';
import { renderReport } from '../../src/report/render-report.js';
import type { ReportInput } from '../../src/report/report-input.js';
import type { TrialEvent } from '../../src/study/events.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import { SearchSpace } from '../../src/study/space.js';
import type { Outcome } from '../../src/study/trial.js';
import { historyOf } from '../dashboard/support/fake-study.js';

const space = {
  kind: { type: 'choice', values: ['a', 'b'] },
  onlyA: { type: 'float', min: 0, max: 1, when: { kind: ['a'] } },
  flag: { type: 'choice', values: [true, false] },
  fixed: { type: 'choice', values: [42] },
  many: { type: 'int', min: 1, max: 100_000, scale: 'log' },
};

interface OddStudy {
  readonly events: readonly TrialEvent[];
  readonly input: ReportInput;
}

function study(
  direction: 'maximize' | 'minimize',
  value: (trial: number) => number,
  trials = 30,
  outcome: Outcome = { status: 'completed' },
): OddStudy {
  const file = {
    trainer: { module: './train.mjs' },
    space,
    search: { strategy: 'random', trials: Math.max(1, trials) },
    objective: { metric: 'loss "x"', direction },
  };
  const definition = parseStudy(JSON.stringify(file), 'study.json', 'odd <study>');
  const searched = new SearchSpace(definition.space);
  const events: TrialEvent[] = [{ type: 'created', version: 1, study: { name: definition.name, definition }, at: 0 }];
  for (let trial = 0; trial < trials; trial++) {
    const random = RandomStream.of('odd', trial);
    const parameters = searched.decode(Float64Array.from({ length: 5 }, () => random.next()));
    events.push({ type: 'asked', trial, parameters, source: 'sampler', at: trial });
    events.push({ type: 'started', trial, slot: 0, at: trial });
    for (let epoch = 1; epoch <= 2; epoch++) {
      const report = { epoch, metrics: { 'loss "x"': value(trial) } };
      events.push({ type: 'reported', trial, report, at: trial });
    }
    events.push({ type: 'told', trial, outcome, at: trial });
  }
  return { events, input: { name: definition.name, definition, history: historyOf(events), madeAt: 0 } };
}

describe.each<[string, OddStudy]>([
  ['minimized', study('minimize', (trial) => 1 / (trial + 1))],
  ['constant', study('maximize', () => 0)],
  ['huge and tiny', study('minimize', (trial) => 10 ** (trial % 2 === 0 ? 12 : -12))],
  ['never finite', study('maximize', () => NaN)],
  ['negative', study('maximize', (trial) => -trial)],
  ['of one trial', study('minimize', () => 0.5, 1)],
  ['empty', study('maximize', () => 0, 0)],
  ['all failed', study('maximize', () => 0.5, 12, { status: 'failed', kind: 'crashed', message: '<b>\n at x' })],
])('a study that is %s', (_, { events, input }) => {
  it('has a report and pictures', () => {
    expect(renderReport(input)).toContain('odd &lt;study&gt;');
    for (const plot of allPlots(input)) expect(svgOf(plot, 600)).not.toContain('NaN');
  });

  it('has a dashboard', () => {
    const model = new StudyModel(events);
    for (const ui of [INITIAL_UI, { ...INITIAL_UI, open: 3 }, { ...INITIAL_UI, panel: 'history' as const }]) {
      const size = { columns: 80, rows: 24 };
      const screen = createElement(Screen, {
        model,
        ui,
        size,
        status: {},
        controls: undefined,
        now: 100,
        colour: true,
      });
      // An open trial says which value its metric had.
      const text = renderToString(screen, { columns: 80 }).replace('loss "x" NaN', '');
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('goes out in every format', () => {
    const { trials } = input.history;
    const reasons = trials.filter(({ outcome }) => outcome?.status === 'failed').length;
    const lines = 1 + 2 + trials.length * (1 + 2 + 1) + reasons;
    expect(exportOptuna(events).trim().split('\n')).toHaveLength(lines);
    expect(exportTensorBoard('odd', input.definition, input.history).size).toBe(trials.length + 1);
    expect(exportCsv(input.definition, input.history).trim().split('\r\n')).toHaveLength(trials.length + 1);
  });
});

describe('a study whose names every object has', () => {
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  const file = {
    trainer: { module: './train.mjs' },
    space: {
      constructor: { type: 'choice', values: names },
      toString: { type: 'float', min: 0, max: 1, when: { constructor: ['valueOf'] } },
      valueOf: { type: 'int', min: 1, max: 50 },
    },
    search: { strategy: 'random', trials: 30 },
    objective: { metric: 'constructor' },
  };
  const definition = parseStudy(JSON.stringify(file), 'study.json', 'constructor');
  const searched = new SearchSpace(definition.space);
  const confusion = names.map((_, i) => names.map((__, k) => (i === k ? 5 : 1)));
  const events: TrialEvent[] = [{ type: 'created', version: 1, study: { name: definition.name, definition }, at: 0 }];
  for (let trial = 0; trial < 30; trial++) {
    const random = RandomStream.of('names', trial);
    const parameters = searched.decode(Float64Array.from({ length: 3 }, () => random.next()));
    events.push({ type: 'asked', trial, parameters, source: 'sampler', at: trial });
    events.push({ type: 'started', trial, slot: 0, at: trial });
    const report = { epoch: 1, metrics: { ['constructor']: random.next() }, detail: { confusion } };
    events.push({ type: 'reported', trial, report, at: trial });
    events.push({ type: 'told', trial, outcome: { status: 'completed' }, at: trial });
  }
  const counts = { train: [5, 5, 5, 5], validation: [5, 5, 5, 5], test: [0, 0, 0, 0] };
  const input: ReportInput = {
    name: 'constructor',
    definition,
    history: historyOf(events),
    madeAt: 0,
    images: { digest: '', classes: names, counts },
  };

  it('has a report and every picture, with the names in it', () => {
    expect(renderReport(input)).toContain('hasOwnProperty');
    const plots = allPlots(input);
    const pictures = new Map(plots.map((plot) => [plot.id, svgOf(plot, 900)]));
    for (const [id, svg] of pictures) expect(svg, id).not.toMatch(/NaN|native code|\[object/);
    for (const name of names) expect(pictures.get('confusion')).toContain(`>${name}<`);
    for (const name of names) expect(pictures.get('slice-constructor')).toContain(`>${name}<`);
    const points = (svg: string | undefined): number => svg?.match(/<path/g)?.length ?? 0;
    expect(points(pictures.get('slice-constructor'))).toBeGreaterThanOrEqual(30);
    const conditional = searched.domains['toString'] === undefined ? 0 : points(pictures.get('slice-toString'));
    expect(conditional).toBeLessThan(points(pictures.get('slice-valueOf')));
  });

  it('goes out in every format', () => {
    expect(exportCsv(definition, input.history)).not.toContain('native code');
    expect(exportOptuna(events)).not.toContain('native code');
    expect(exportTensorBoard('odd', definition, input.history).size).toBe(31);
  });
});
