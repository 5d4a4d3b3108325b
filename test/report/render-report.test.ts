// The report as a page.
import { describe, expect, it } from 'vitest';
import { renderComparison } from '../../src/report/render-comparison.js';
import { renderReport } from '../../src/report/render-report.js';
import { HistoryLedger } from '../../src/study/history.js';
import { CHOSEN_STUDY, chosenEvents } from '../dashboard/support/chosen-study.js';
import { fullInput, inputOf } from './support/input.js';

/** Without the plotting library, which speaks of addresses in its licence. */
const ownPart = (html: string): string => html.replace(/<script>\s*\/\*[\s\S]*?<\/script>/, '');
const sections = (html: string): string[] => [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('renderReport', () => {
  const html = renderReport(fullInput({ trials: 60 }));

  it('puts the answer first, then every section', () => {
    expect(sections(html)).toEqual([
      'answer',
      'history',
      'importance',
      'slices',
      'parallel',
      'trials',
      'curves',
      'timeline',
      'confusion',
      'classes',
      'mistakes',
      'transfer',
      'reproduce',
    ]);
  });

  it('has a place for every plot of its data, and data for every place', () => {
    const places = [...html.matchAll(/data-plot="([^"]+)"/g)].map(([, id]) => id);
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as { plots: object };
    expect(places.toSorted()).toEqual(Object.keys(data.plots).toSorted());
    expect(places).toHaveLength(13);
  });

  it('leaves out what there is no data for', () => {
    const bare = sections(renderReport(inputOf({ trials: 60, detail: false })));
    for (const id of ['confusion', 'classes', 'mistakes', 'transfer']) expect(bare).not.toContain(id);
  });

  it('explains parameters by a fitted model where nobody has, once there are enough trials', () => {
    const many = renderReport(inputOf({ trials: 40 }));
    expect(sections(many)).toContain('importance');
    expect(many).toContain('Slices and partial dependence');
    expect(sections(renderReport(inputOf({ trials: 6 })))).not.toContain('importance');
  });

  it('goes with the trial that was chosen, and says instead of which', () => {
    const { definition, images } = CHOSEN_STUDY;
    const history = new HistoryLedger(definition.objective);
    for (const event of chosenEvents()) history.apply(event);
    const page = renderReport({ name: 'chosen', definition, history, madeAt: 0, ...(images && { images }) });
    expect(page).toContain('simpler than trial 0 with 0.9000, which is better by 0.0100: less than one standard error');
    expect(page).toContain('It is one of the best of 2 trials evaluated on the same 200 validation images');
    const parameters = /Best parameters as JSON<\/summary>(.*?)<\/details>/s.exec(page)?.[1];
    expect(parameters?.replaceAll('&quot;', '"')).toContain('"unfreezeDepth": 0');
  });

  it('says how far probabilities are off, and what a temperature would do', () => {
    const input = inputOf({ trials: 40 });
    const text = (calibration: NonNullable<typeof input.calibration>): string =>
      renderReport({ ...input, calibration });
    expect(text({ temperature: 1.5, errorBefore: 0.08, errorAfter: 0.02 })).toContain(
      'Its calibration error is 0.0800, and 0.0200 with the temperature 1.5, which hpo export --calibrate applies',
    );
    expect(text({ temperature: 1, errorBefore: 0.08, errorAfter: 0.08 })).toContain(
      'Its calibration error is 0.0800; no temperature would make',
    );
  });

  it.each([
    ['no trials', inputOf({ trials: 0 }), 'No trial has ended yet'],
    ['a trial that runs', inputOf({ trials: 1 }), 'No trial has ended with a value'],
  ])('is a page for a study with %s', (_, input, text) => {
    const page = renderReport(input);
    expect(page).toContain(text);
    expect(sections(page)).toContain('reproduce');
  });

  it('refers to nothing outside itself', () => {
    expect(ownPart(html)).not.toMatch(/(src|href)=["'](?!#|data:)/);
    expect(ownPart(html)).not.toMatch(/@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  it('shows what comes from a study as text, whatever it holds', () => {
    const nasty = '</script><img src=x onerror=alert(1)>';
    const options = { trials: 20, name: nasty };
    const full = fullInput(options);
    const input = {
      ...full,
      images: { ...(full.images as NonNullable<typeof full.images>), classes: [nasty, '"><b>'] },
      mistakes: [
        { file: nasty, actual: nasty, predicted: 'x', confidence: 1, picture: 'https://elsewhere.example/x.png' },
        { file: nasty, actual: nasty, predicted: 'x', confidence: 1, picture: 'data:image/png;base64,AA" onload="x' },
      ],
      environment: [[nasty, nasty]] as const,
    };
    const page = ownPart(renderReport(input));
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('elsewhere.example');
    expect(page).not.toContain('" onload="');
    expect(page.match(/<script/g)).toHaveLength(page.match(/<\/script>/g)?.length ?? 0);
  });
});

describe('renderComparison', () => {
  const studies = [1, 2].map((seed) => inputOf({ trials: 30, seed, name: `seed ${seed}` }));

  it('ranks studies by their best', () => {
    const page = renderComparison(studies, 0);
    const best = studies.map(({ history }) => history.best?.best?.value ?? 0);
    const first = (best[0] ?? 0) >= (best[1] ?? 0) ? 'seed 1' : 'seed 2';
    expect(/<tbody><tr><th scope="row">([^<]+)/.exec(page)?.[1]).toBe(first);
    expect(sections(page)).toEqual(['answer', 'by-trial', 'by-time', 'configurations']);
  });

  it('refuses studies of different metrics, naming the one', () => {
    const [one, two] = studies as [(typeof studies)[0], (typeof studies)[0]];
    const history = Object.create(two.history, { objective: { value: { metric: 'accuracy', direction: 'maximize' } } });
    expect(() => renderComparison([one, { ...two, history: history as typeof two.history }], 0)).toThrow(
      /expected studies that maximize macroF1, got maximize accuracy at seed 2/,
    );
  });

  it('keeps studies of one name apart, by where they are or by their place', () => {
    const of = (seed: number, studyPath?: string): ReturnType<typeof inputOf> => {
      return { ...inputOf({ trials: 30, seed, name: 'same' }), ...(studyPath === undefined ? {} : { studyPath }) };
    };
    const page = renderComparison([of(1, 'a/study.json'), of(2, 'b/study.json'), of(3), of(4)], 0);
    const expected = ['same (a/study.json)', 'same (b/study.json)', 'same, no. 3', 'same, no. 4'];
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
      plots: Record<string, { option: { legend: { data: { name: string }[] }; series: { name: string }[] } }>;
    };
    for (const { option } of Object.values(data.plots)) {
      expect(option.legend.data.map(({ name }) => name)).toEqual(expected);
      expect(option.series.map(({ name }) => name)).toEqual(expected);
    }
    for (const name of expected) expect(page).toContain(`<th scope="row">${name}</th>`);
  });

  it('takes a study that has no value yet', () => {
    expect(renderComparison([...studies, inputOf({ trials: 0, name: 'empty' })], 0)).toContain('empty');
  });
});
