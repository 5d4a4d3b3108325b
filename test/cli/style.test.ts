// Colours in a terminal: they can be read on light and on dark backgrounds.
import { describe, expect, it } from 'vitest';
import { COLOURS as WRITTEN, MANY_COLOURS } from '../../src/cli/style.js';
import { COLOURS } from '../../src/dashboard/views/panels.js';
import { contrast } from '../../src/report/plots/palette.js';

/** White, Solarized light, black, VS Code's dark, Solarized dark, Ubuntu. */
const BACKGROUNDS = ['#ffffff', '#fdf6e3', '#000000', '#1e1e1e', '#002b36', '#300a24'];

/** xterm's cube of 6×6×6 colours. */
function colourOf(index: number): string {
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  const rgb = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => levels[step] ?? 0);
  return `#${rgb.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
}

describe.each(BACKGROUNDS)('on a background of %s', (background) => {
  it.each(Object.entries(COLOURS))('%s of the dashboard has a contrast of 3:1', (_, colour) => {
    expect(contrast(colour, background)).toBeGreaterThanOrEqual(3);
  });

  it.each(['red', 'green', 'yellow'] as const)('%s of lines has a contrast of 3:1', (name) => {
    const text = MANY_COLOURS[name]('x');
    const index = Number(/38;5;(\d+)m/.exec(text)?.[1]);
    expect(contrast(colourOf(index), background)).toBeGreaterThanOrEqual(3);
    expect(text.replaceAll(WRITTEN, '')).toBe('x');
  });
});

it('the dashboard’s colours are among xterm’s 256, so that none is changed on the way', () => {
  const cube = new Set(Array.from({ length: 216 }, (_, i) => colourOf(16 + i)));
  for (const colour of Object.values(COLOURS)) expect(cube).toContain(colour);
});
