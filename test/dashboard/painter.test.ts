// What is written to the terminal for a frame.
import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/dashboard/painter.js';

function terminal(rows = 10): { painter: Painter; written: string[] } {
  const written: string[] = [];
  const painter = new Painter({ columns: 40, rows, write: (text) => written.push(text) });
  painter.open();
  written.length = 0;
  return { painter, written };
}

describe('Painter', () => {
  it('writes the rows that changed, each at its place', () => {
    const { painter, written } = terminal();
    painter.write('one\ntwo\nthree');
    written.length = 0;
    painter.write('one\nTWO\nthree');
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('\u001b[2;1HTWO');
    expect(written[0]).not.toMatch(/one|three/);
  });

  it('writes nothing for the same frame', () => {
    const { painter, written } = terminal();
    painter.write('one');
    written.length = 0;
    painter.write('one');
    expect(written).toEqual([]);
  });

  it('erases rows that a shorter frame no longer has', () => {
    const { painter, written } = terminal();
    painter.write('one\ntwo');
    painter.write('one');
    expect(written.at(-1)).toContain('\u001b[2;1H\u001b[0m\u001b[K');
  });

  it('never writes beyond the last row, which would scroll', () => {
    const { painter, written } = terminal(2);
    painter.write('one\ntwo\nthree');
    expect(written.join('')).not.toContain('three');
    expect(written.join('')).not.toContain('\n');
  });

  it('draws everything anew after it was told to forget', () => {
    const { painter, written } = terminal();
    painter.write('one');
    painter.forget();
    painter.write('one');
    expect(written.at(-1)).toContain('\u001b[1;1Hone');
  });

  it('gives the screen back once', () => {
    const { painter, written } = terminal();
    painter.close();
    painter.close();
    expect(written).toEqual(['\u001b[?25h\u001b[?1049l']);
  });

  it('writes nothing while it does not have the screen', () => {
    const { painter, written } = terminal();
    painter.close();
    written.length = 0;
    painter.write('one');
    expect(written).toEqual([]);
  });
});
