// The dashboard in a real terminal: every size, small and large studies, resized, left.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/system/text-width.js';
import { Terminal, hasTmux } from './support/tmux.js';
import { eventually } from '../eventually.js';

const program = resolve(import.meta.dirname, 'support/show-live.ts');
/** Milliseconds: every look asks tmux. */
const INTERVAL = 200;
let terminal: Terminal | undefined;
afterEach(() => terminal?.end());

function show(trials: number, columns: number, rows: number, env = {}): Terminal {
  terminal = Terminal.start(`${process.execPath} --import tsx ${program} ${trials} 80 2 300`, columns, rows, env);
  return terminal;
}

/** Waits for a frame of this size: the header on the first row, the keys on the last. */
async function frame(shown: Terminal, rows: number): Promise<string[]> {
  return eventually(() => {
    const screen = shown.screen();
    expect(screen).toHaveLength(rows);
    expect(screen[0]).toMatch(/^ants-bees/);
    expect(screen.at(-1)).toMatch(/\? keys$/);
    return screen;
  }, INTERVAL);
}

/** Sends a signal to the program that shows the study. */
function signal(name: string): void {
  const found = spawnSync('pgrep', ['-f', `${program} 100 80 2 300`], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
  for (const pid of found) process.kill(Number(pid), `SIG${name}`);
}

describe.skipIf(!hasTmux())('in a terminal (skipped where there is no tmux)', () => {
  it.each([0, 1, 100, 10_000])('%i trials, at every size', { timeout: 240_000 }, async (trials) => {
    const sizes = [
      [60, 20],
      [80, 24],
      [120, 40],
      [200, 60],
      [60, 20],
    ] as const;
    const shown = show(trials, 60, 20);
    for (const [columns, rows] of sizes) {
      shown.resize(columns, rows);
      const screen = await frame(shown, rows);
      for (const line of screen) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(screen.filter((line) => line.startsWith('─ slots'))).toHaveLength(1);
      expect(screen.filter((line) => line.startsWith('─ trials by'))).toHaveLength(1);
    }
  });

  it('leaves the screen as it was, and says what was asked', { timeout: 120_000 }, async () => {
    const shown = show(30, 80, 24);
    await frame(shown, 24);
    shown.type('q');
    await eventually(() => expect(shown.screen().at(-1)).toMatch(/Quit\?/), INTERVAL);
    shown.type('y');
    await eventually(() => expect(shown.screen()[0]).toBe('asked: interrupt'), INTERVAL);
    expect(shown.screen().join('')).toBe('asked: interrupt');
  });

  it('is drawn in ASCII where the locale has no UTF-8, at the same width', { timeout: 120_000 }, async () => {
    const shown = show(30, 120, 40, { LC_ALL: 'C' });
    const screen = await frame(shown, 40);
    // eslint-disable-next-line no-control-regex -- what ASCII is
    for (const line of screen) expect(line).toMatch(/^[\u0000-\u007f]*$/);
    expect(screen.filter((line) => line.startsWith('- slots ---'))).toHaveLength(1);
    expect(screen.filter((line) => line.startsWith('>*'))).toHaveLength(1);
    expect(screen.some((line) => line.includes('macroF1 by trial ---'))).toBe(true);
  });

  it(
    'suspends by ctrl-z as by a signal, gives the terminal back, and draws anew by fg',
    { timeout: 240_000 },
    async () => {
      terminal = Terminal.start('bash --norc --noprofile -i', 80, 24, { PS1: 'shell-ready:' });
      const shown = terminal;
      const shell = (): Promise<void> =>
        eventually(() => expect(shown.screen().join('\n')).toContain('shell-ready:'), INTERVAL);
      await shell();
      shown.type(`${process.execPath} --import tsx ${program} 100 80 2 300`, 'Enter');
      await frame(shown, 24);
      for (const stop of [() => shown.type('C-z'), () => signal('TSTP')]) {
        stop();
        await eventually(() => expect(shown.screen().join('\n')).toMatch(/Stopped/), INTERVAL);
        // The terminal echoes what is typed, and a line is a line again.
        shown.type('echo typed-$((20 + 3))', 'Enter');
        await eventually(() => expect(shown.screen().join('\n')).toMatch(/^typed-23/m), INTERVAL);
        shown.type('clear; fg', 'Enter');
        const screen = await frame(shown, 24);
        expect(screen.filter((line) => line.startsWith('─ trials by'))).toHaveLength(1);
      }
      // Keys are read one by one again.
      shown.type('?');
      await eventually(() => expect(shown.screen().join('\n')).toContain('redraw the screen'), INTERVAL);
    },
  );

  it('has no colours under NO_COLOR, and some without', { timeout: 120_000 }, async () => {
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    const colours = /\u001b\[(3[0-8]|9[0-7])[;m]/;
    const plain = show(30, 80, 24, { NO_COLOR: '1' });
    await frame(plain, 24);
    expect(plain.screen(true).join('')).not.toMatch(colours);
    plain.end();
    const coloured = show(30, 80, 24);
    await frame(coloured, 24);
    expect(coloured.screen(true).join('')).toMatch(colours);
  });
});
