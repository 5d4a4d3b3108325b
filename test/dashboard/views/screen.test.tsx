// The whole screen at every size, for studies from empty to large, with names that would tear it.
import { renderToString } from 'ink';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StudyModel } from '../../../src/dashboard/model/study-model.js';
import type { DashboardControls, StudyStatus } from '../../../src/dashboard/source.js';
import { formatCount } from '../../../src/system/format.js';
import { widthOf } from '../../../src/system/text-width.js';
import { INITIAL_UI, type Ui } from '../../../src/dashboard/ui.js';
import { Screen } from '../../../src/dashboard/views/screen.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { fakeEvents } from '../support/fake-study.js';

const controls: DashboardControls = {
  paused: false,
  phase: 'running',
  pause: () => {},
  resume: () => {},
  prune: () => {},
  finish: () => {},
  interrupt: () => {},
};

interface Shown {
  readonly columns?: number;
  readonly rows?: number;
  readonly ui?: Partial<Ui>;
  readonly status?: StudyStatus;
  readonly controls?: DashboardControls | undefined;
  readonly now?: number;
}

function show(model: StudyModel, shown: Shown = {}): string[] {
  const { columns = 80, rows = 24, ui, status = {}, now = (model.lastEventAt ?? 0) + 1000 } = shown;
  const screen = (
    <Screen
      model={model}
      status={status}
      controls={'controls' in shown ? shown.controls : controls}
      ui={{ ...INITIAL_UI, ...ui }}
      size={{ columns, rows }}
      now={now}
      colour={false}
    />
  );
  return stripVTControlCharacters(renderToString(screen, { columns })).split('\n');
}

const models = new Map(
  [0, 1, 100, 10_000].map((trials) => [trials, new StudyModel(fakeEvents({ trials, detail: false }))]),
);
const modelOf = (trials: number): StudyModel => models.get(trials) as StudyModel;
const views: readonly Partial<Ui>[] = [{}, { panel: 'history' }, { panel: 'decisions' }, { help: true }, { open: 0 }];

describe.each([
  [60, 20],
  [80, 24],
  [120, 40],
  [200, 60],
])('at %i×%i', (columns, rows) => {
  it.each([0, 1, 100, 10_000])('%i trials keep within the screen in every view', (trials) => {
    for (const ui of views) {
      const lines = show(modelOf(trials), { columns, rows, ui });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('shows what matters', () => {
    const text = show(modelOf(100), { columns, rows }).join('\n');
    const best = modelOf(100).history.best;
    expect(text).toContain('ants-bees · bayesian');
    expect(text).toContain(`best macroF1 ${best?.best?.value.toFixed(4)} trial ${best?.number}`);
    expect(text).toMatch(/98\/100 98%/);
    expect(text).toMatch(/ \d+[smh](–[\d.]+[smh])? left/);
    expect(text).toMatch(/pruned: 0\.\d+ at epoch/);
    expect(text).toContain('a median of');
    expect(text).toContain('trials by macroF1 ↓');
    expect(text).toMatch(/slot 1\s+#\d+/);
    expect(text).toMatch(/\? keys/);
  });
});

describe('the header', () => {
  const line = (shown: Shown, trials = 100): string => show(modelOf(trials), shown)[0] ?? '';

  it('says what the study is doing', () => {
    expect(line({})).toMatch(/running \d+/);
    expect(line({ controls: { ...controls, paused: true } })).toContain('‖ paused');
    expect(line({ controls: { ...controls, phase: 'finishing' } })).toContain('finishing');
    expect(line({ controls: { ...controls, phase: 'stopping' } })).toContain('stopping');
    expect(line({ controls: undefined, status: { live: true } })).toContain('watching');
    expect(line({ controls: undefined, status: { live: false } })).toContain('not running');
  });

  it('says done when nothing is left', () => {
    const model = new StudyModel(fakeEvents({ trials: 20, unfinished: 0 }));
    expect(show(model)[0]).toContain('done');
    expect(show(model)[1]).toContain('20/20 100%');
  });

  it('names the trial of the first row as the best, also while it runs or is paused', () => {
    const model = new StudyModel(fakeEvents({ trials: 20, unfinished: 1 }));
    const [running] = [...model.running];
    const trial = running as number;
    const epoch = (model.history.trials[trial]?.reports.length ?? 0) + 1;
    const at = model.lastEventAt ?? 0;
    model.apply({ type: 'reported', trial, report: { epoch, metrics: { macroF1: 0.9999 } }, at });
    expect(show(model)[2]).toContain(`best macroF1 0.9999 trial ${trial}, epoch ${epoch} · running`);
    model.apply({ type: 'paused', trial, epoch, reason: 'rung', at });
    expect(show(model)[2]).toContain(`best macroF1 0.9999 trial ${trial}, epoch ${epoch} · paused`);
  });

  it('does not count time while nobody runs the study', () => {
    const model = modelOf(100);
    const soon = show(model, { status: { live: false }, controls: undefined, now: (model.lastEventAt ?? 0) + 1e3 });
    const later = show(model, { status: { live: false }, controls: undefined, now: (model.lastEventAt ?? 0) + 9e6 });
    expect(later[0]).toBe(soon[0]);
  });
});

describe('machines', () => {
  const model = new StudyModel(fakeEvents({ trials: 400, slots: 200, detail: false }));
  const running = [...model.running];
  /** 200 slots of so many machines, of which the first two train nothing. */
  const status = (machines: number): StudyStatus => ({
    slots: running.map((trial, slot) =>
      slot < 2 ? { slot } : { slot, trial, machine: `node-${slot % machines}`, busyShare: 0.5, imagesPerSecond: 10 },
    ),
    machines: Array.from({ length: machines }, (_, i) => ({
      name: `node-${i}`,
      seconds: i === 0 ? 300 : 100,
      trials: i,
    })),
  });

  it.each([
    [80, 24],
    [120, 40],
  ])('200 slots of four machines are four lines at %i×%i', (columns, rows) => {
    const lines = show(model, { columns, rows, status: status(4) });
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const shown = lines.filter((line) => line.startsWith('node-')).map((line) => line.split(/\s{2,}/));
    expect(shown).toEqual(
      [49, 49, 50, 50].map((training, i) => [
        ...[`node-${i}`, `${training} training`, 'load 50%', `work ${i === 0 ? 50 : 17}%`],
        ...[i === 1 ? '1 trial' : `${i} trials`, `${10 * training} img/s`],
      ]),
    );
    expect(lines).toContainEqual('  2 slots idle');
    expect(lines.join('\n')).toContain('trials by macroF1');
  });

  it.each([
    [80, 24],
    [120, 40],
  ])('more machines than lines are summed up at %i×%i', (columns, rows) => {
    const lines = show(model, { columns, rows, status: status(100) });
    expect(lines.length).toBeLessThanOrEqual(rows);
    const shown = lines.filter((line) => line.startsWith('node-')).length;
    expect(shown).toBeGreaterThan(3);
    expect(lines.join('\n')).toMatch(new RegExp(`and ${100 - shown} machines more, \\d+ training, 2 slots idle`));
    expect(lines.join('\n')).toContain('trials by macroF1');
  });

  it('few slots are lanes under their machines, and keys open them in this order', () => {
    const slots = [3, 1, 2].map((slot) => ({ slot, trial: running[slot] ?? 0, machine: slot === 2 ? 'a' : 'b' }));
    const machines = ['b', 'a'].map((name) => ({ name, seconds: 1, trials: 0 }));
    const lines = show(model, { columns: 100, rows: 40, status: { slots, machines } });
    const from = lines.findIndex((line) => line.startsWith('a '));
    expect(lines.slice(from, from + 5).map((line) => line.slice(0, 6).trimEnd())).toEqual([
      ...['a', 'slot 3', 'b', 'slot 2', 'slot 4'],
    ]);
  });
});

describe('lanes', () => {
  const [first] = [...modelOf(100).running];
  const status: StudyStatus = {
    slots: [
      {
        slot: 0,
        device: 'GPU 0',
        trial: first as number,
        imagesPerSecond: 412,
        memoryBytes: 3.1e8,
        gpu: { load: 0.87, memoryBytes: 1.2e10 },
        epochProgress: 0.5,
      },
      { slot: 1, device: 'GPU 1' },
    ],
  };

  it('show device, trial, speed and memory, and which slot is idle', () => {
    const text = show(modelOf(100), { status, columns: 100 }).join('\n');
    expect(text).toMatch(new RegExp(`GPU 0\\s+#${first}.*/12.*412 img/s\\s+87%\\s+12 GB`));
    expect(text).toMatch(/GPU 1\s+idle/);
  });

  it.each([100, 160])('say that a GPU waits for data, %d columns wide', (columns) => {
    // Of every epoch the engine runs 60 %.
    const events = fakeEvents({ trials: 100, detail: false }).map((event): TrialEvent => {
      if (event.type !== 'reported') return event;
      const { seconds = 0, work } = event.report;
      return { ...event, report: { ...event.report, work: { ...work, running: 0.6 * seconds } } };
    });
    expect(show(new StudyModel(events), { status, columns }).join('\n')).toContain('waits for data 40 % · ');
    expect(show(modelOf(100), { status, columns }).join('\n')).not.toContain('waits for data');
  });

  it('show the curve of the best trial above the others, on the same scale', () => {
    const lines = show(modelOf(100), { status });
    const best = lines.find((line) => line.startsWith('best    #'));
    expect(best).toMatch(/[▁-█]{12}/);
  });

  it('say how fast an epoch went where nobody measures', () => {
    expect(show(modelOf(100), { columns: 100 }).join('\n')).toMatch(/slot \d.* \d+ img\/s/);
  });

  it('say what reuse has saved', () => {
    const { needed, computed } = modelOf(100).work;
    expect(computed).toBe(4 * 398);
    expect(show(modelOf(100), { status }).join('\n')).toContain(
      `reuse saved ${formatCount(needed - computed)} of ${formatCount(needed)} image passes`,
    );
    expect(show(modelOf(0)).join('\n')).not.toContain('reuse');
  });

  it('keep their scale where one collapses', () => {
    const model = new StudyModel(fakeEvents({ trials: 30, unfinished: 0 }));
    const collapsed = model.history.trials.length;
    const more: TrialEvent[] = [
      { type: 'asked', trial: collapsed, parameters: {}, source: 'sampler', at: 0 },
      { type: 'started', trial: collapsed, slot: 0, at: 0 },
      { type: 'reported', trial: collapsed, report: { epoch: 1, metrics: { macroF1: 0.01 } }, at: 0 },
    ];
    const before = show(model).find((line) => line.startsWith('best    #'));
    for (const event of more) model.apply(event);
    const after = show(model).find((line) => line.startsWith('best    #'));
    expect(new Set(before?.match(/[▁-█]/g)).size).toBeGreaterThan(3);
    expect(new Set(after?.match(/[▁-█]/g)).size).toBeGreaterThan(2);
  });

  it('are cut, with a count, where there are more slots than rows', () => {
    const slots = Array.from({ length: 64 }, (_, slot) => ({ slot, device: `GPU ${slot}` }));
    expect(show(modelOf(100), { status: { slots } }).join('\n')).toMatch(/and 5\d more/);
  });
});

describe('repeats and the baseline', () => {
  const models = modelsAfterSearch();

  it('count toward nothing of the search', () => {
    for (const model of Object.values(models)) {
      const [first, second, third] = show(model, { columns: 200, rows: 60 });
      expect(second).toContain('20/20 100%');
      expect(third).toContain(`✓ ${model.tally.search.completed} done`);
      expect(model.tally.search.completed + model.tally.search.pruned + model.tally.search.failed).toBe(20);
      expect(first).toContain(model === models.done ? 'done' : 'running');
    }
  });

  it('are named, and said to be under way', () => {
    expect(show(models.repeating)[1]).toMatch(/20\/20 100% · repeats 1\/2/);
    expect(show(models.scratching)[1]).toMatch(/repeats 2\/2 · from scratch 0\/1/);
    expect(show(models.done, { columns: 120 })[2]).toMatch(/mean 0\.\d+ of 3 runs · from scratch 0\.5000/);
  });

  it('stand at the end of the table with a sign of their own', () => {
    const lines = show(models.done, { columns: 200, rows: 60 });
    expect(lines.some((line) => /^ ≈ +20 ✓ repeat/.test(line))).toBe(true);
    expect(lines.some((line) => /^ ∅ +22 ✓ scratch/.test(line))).toBe(true);
    const ranked = models.done.ranking.slice(0, 30).map(({ number }) => number);
    expect(ranked.slice(-3)).toEqual([20, 21, 22]);
  });

  it('say in words what they found', () => {
    const texts = models.done.decisions.latest(9).map(({ text }) => text);
    expect(texts[0]).toMatch(
      /^trial 22, from random weights, completed with macroF1 0\.5000, −0\.\d+ against trial \d+$/,
    );
    expect(texts.join('\n')).toMatch(/trial 20, a repeat with another seed, completed/);
  });
});

/** A study whose 20 trials are over, at a repeat of its best, at the baseline, and after it. */
function modelsAfterSearch(): Record<'repeating' | 'scratching' | 'done', StudyModel> {
  const [created, ...rest] = fakeEvents({ trials: 20, unfinished: 0 });
  const { study } = created as Extract<TrialEvent, { type: 'created' }>;
  const known = study.definition as { readonly search: object };
  const definition = { ...known, search: { ...known.search, confirm: { top: 1, repeats: 2 } }, baseline: true };
  const events = [{ ...created, study: { ...study, definition } } as TrialEvent, ...rest];
  const { winner } = new StudyModel(events);
  const parameters = winner?.trial.parameters ?? {};
  const begin = (trial: number, source: 'confirmation' | 'baseline', macroF1: number): TrialEvent[] => [
    { type: 'asked', trial, parameters, source, at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report: { epoch: 1, metrics: { macroF1 } }, at: 0 },
  ];
  const end = (trial: number): TrialEvent => ({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  const repeating = [...events, ...begin(20, 'confirmation', 0.9), end(20), ...begin(21, 'confirmation', 0.8)];
  const scratching = [...repeating, end(21), ...begin(22, 'baseline', 0.5)];
  return {
    repeating: new StudyModel(repeating),
    scratching: new StudyModel(scratching),
    done: new StudyModel([...scratching, end(22)]),
  };
}

describe('the table', () => {
  it('keeps the selected trial in sight', () => {
    for (const number of [0, 57, 99]) {
      const selected = show(modelOf(100), { ui: { selected: number } }).find((line) => line.startsWith('›'));
      expect(selected).toMatch(new RegExp(`^›.\\s+${number} `));
    }
  });

  it('shows the column that it is sorted by, however far to the right', () => {
    const ui = { sorting: { column: 'parameter augmentation', reversed: false } };
    expect(show(modelOf(100), { ui, columns: 60, rows: 20 }).join('\n')).toMatch(/time +augm/);
  });
});

describe('an open trial', () => {
  it('shows parameters beside the best ones, curve and confusions', () => {
    const model = new StudyModel(fakeEvents({ trials: 30 }));
    const open = model.history.trials.findIndex(({ state }) => state === 'pruned');
    const text = show(model, { ui: { open }, rows: 60 }).join('\n');
    expect(text).toMatch(/▼ pruned · macroF1/);
    expect(text).toContain('against a median of');
    expect(text).toMatch(/learningRate +\S+ +\S+/);
    expect(text).toContain('macroF1 by epoch');
    expect(text).toMatch(/ants +\d+ +\d+ +\d+ % +0\.\d{4}/);
  });

  it('says how much lies beyond the screen, under a heading that stays', () => {
    const model = new StudyModel(fakeEvents({ trials: 30 }));
    const text = (scroll: number): string => show(model, { ui: { open: 3, scroll } }).join('\n');
    expect(text(0)).toMatch(/trial 3 ─.*lines 1–19 of \d+ · esc back/);
    expect(text(2)).toMatch(/trial 3 ─.*lines 3–21 of \d+ · esc back/);
    expect(show(model, { ui: { open: 3 }, rows: 60 }).join('\n')).toMatch(/trial 3 ─+ esc back/);
  });

  it('names the largest confusions where the matrix does not fit', () => {
    const confusion = Array.from({ length: 200 }, (_, i) => Array.from({ length: 200 }, (_, j) => (j === i ? 9 : 0)));
    (confusion[3] as number[])[7] = 5;
    const model = new StudyModel(fakeEvents({ trials: 0 }));
    const more: TrialEvent[] = [
      { type: 'asked', trial: 0, parameters: { l2: 1e-3 }, source: 'sampler', at: 0 },
      { type: 'started', trial: 0, slot: 0, at: 0 },
      { type: 'reported', trial: 0, report: { epoch: 1, metrics: { macroF1: 0.5 }, detail: { confusion } }, at: 0 },
    ];
    for (const event of more) model.apply(event);
    expect(show(model, { ui: { open: 0 }, rows: 60 }).join('\n')).toContain('5 class 3 taken for class 7');
  });
});

describe('hostile input', () => {
  it('reaches the screen as harmless text within its cells', () => {
    const model = new StudyModel(fakeEvents({ trials: 0, name: 'wide 蚂蚁 \u001b[31mred\n\n' + 'x'.repeat(150) }));
    const nasty = { learningRate: NaN, batchSize: '\u001b[2J'.repeat(40), ['蜂'.repeat(60)]: '🐝'.repeat(60) };
    const message = 'line one\u0007\n\u001b[1;1Hline two '.repeat(20);
    const more: TrialEvent[] = [
      { type: 'asked', trial: 0, parameters: nasty, source: 'sampler', note: message, at: 0 },
      { type: 'started', trial: 0, slot: 0, at: 0 },
      { type: 'reported', trial: 0, report: { epoch: 1, metrics: { macroF1: Infinity, '\u001b[5m': -0 } }, at: 0 },
      { type: 'told', trial: 0, outcome: { status: 'failed', kind: 'crashed', message }, at: 0 },
      { type: 'warned', message, at: 0 },
    ];
    for (const event of more) model.apply(event);
    for (const ui of [...views, { open: 0 }]) {
      for (const line of show(model, { ui, columns: 60, rows: 20 })) {
        expect(widthOf(line)).toBeLessThanOrEqual(60);
        // eslint-disable-next-line no-control-regex -- what must not be there
        expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
      }
    }
  });

  it('asks for a larger terminal where nothing fits', () => {
    expect(show(modelOf(1), { columns: 39, rows: 9 })[0]).toContain('make the terminal larger');
  });
});

it('tells what an epoch takes, where the journal knows and no trial has run', () => {
  const [created] = fakeEvents({ trials: 0, total: 9 });
  if (created?.type !== 'created') throw new Error('expected the first event');
  const epochs = [
    { depth: 0, seconds: 2.1 },
    { depth: 4, seconds: 14 },
  ];
  const study = { ...created.study, seconds: { forward: 1, training: 1, epochs } };
  const text = (event: TrialEvent): string => show(new StudyModel([event]), { columns: 120 }).join('\n');
  expect(text({ ...created, study })).toContain('an epoch takes about 2s–14s');
  expect(text(created)).toContain('time left not known yet');
});
