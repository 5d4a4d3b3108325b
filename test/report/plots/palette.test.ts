// The contrast of what plots draw with the page behind it, light and dark, on screens and in terminals.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLOURS, POINT_OPACITY, RAMP, along, contrast, darkColours } from '../../../src/report/plots/palette.js';
import { allPlots } from '../../../src/report/plots/all-plots.js';
import { fullInput } from '../support/input.js';

const css = readFileSync(new URL('../../../assets/page.css', import.meta.url), 'utf8');
const [LIGHT, DARK] = [...css.matchAll(/--page: (#[0-9a-f]{6})/g)].map(([, colour]) => colour ?? '');

describe('contrast', () => {
  it('is that of WCAG 2.2', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
    expect(contrast('#ffffff', '#ffffff')).toBe(1);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    // Half black on white is a middle grey.
    expect(contrast('#000000', '#ffffff', 0.5)).toBeCloseTo(contrast('#808080', '#ffffff'), 1);
  });
});

describe('colours of the page', () => {
  it.each(Object.entries(COLOURS))('%s stands out from a light and from a dark page as a point', (_, colour) => {
    expect(LIGHT).toBe('#ffffff');
    expect(contrast(colour, LIGHT ?? '', POINT_OPACITY)).toBeGreaterThanOrEqual(3);
    expect(contrast(darkColours()[colour] ?? '', DARK ?? '', POINT_OPACITY)).toBeGreaterThanOrEqual(3);
  });

  it('a scale stands out at its weak end too, and more at its strong one', () => {
    for (const colour of RAMP) {
      expect(contrast(colour, LIGHT ?? '')).toBeGreaterThanOrEqual(3);
      expect(contrast(darkColours()[colour] ?? '', DARK ?? '')).toBeGreaterThanOrEqual(3);
    }
    expect(contrast(RAMP.at(-1) ?? '', LIGHT ?? '')).toBeGreaterThan(contrast(RAMP[0], LIGHT ?? ''));
  });

  it('every colour that plots of trials use is one of them, so that a dark page has its own for it', () => {
    const known = new Set([...Object.keys(darkColours()), 'transparent', '#fff']);
    const used = new Set<string>();
    const look = (value: unknown, key = ''): void => {
      if (typeof value === 'string' && /^#|^rgb/.test(value)) used.add(value);
      if (typeof value === 'object' && value !== null && key !== 'data')
        for (const [name, one] of Object.entries(value)) look(one, name);
    };
    const plots = allPlots(fullInput({ trials: 60, slots: 3 }));
    for (const { id, option } of plots) if (id !== 'confusion') look(option);
    expect(used.size).toBeGreaterThan(5);
    for (const colour of used) expect(known).toContain(colour);
  });

  it('numbers of the confusion matrix can be read on every cell', () => {
    const plot = allPlots(fullInput({ trials: 60, slots: 3 })).find(({ id }) => id === 'confusion');
    const option = plot?.option as {
      visualMap: { inRange: { color: string[] } };
      series: { data: { value: number[]; label: { color: string } }[] }[];
    };
    for (const { value, label } of option.series[0]?.data ?? []) {
      const cell = along(option.visualMap.inRange.color, (value[2] ?? 0) / 100);
      expect(contrast(label.color, cell)).toBeGreaterThanOrEqual(3);
    }
  });
});
