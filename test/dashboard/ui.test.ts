// What keys do.
import { describe, expect, it } from 'vitest';
import { type Command, INITIAL_UI, type Key, type Surroundings, type Ui, press } from '../../src/dashboard/ui.js';

const around: Surroundings = {
  columns: ['number', 'value', 'parameter l2'],
  trialAt: (row) => [14, 3, 9, 7, 5][row],
  rowOf: (trial) => [14, 3, 9, 7, 5].indexOf(trial),
  rowAt: (column, line) => (column <= 40 && line >= 10 && line < 15 ? line - 10 : undefined),
  rows: 5,
  pageRows: 3,
  isRunning: (trial) => trial === 9,
  trialInLane: (lane) => [9, undefined][lane],
  mostScroll: 10,
  controllable: true,
};
const keyOf = (key: string): Key =>
  key.length === 1 ? { character: key } : { name: key as Extract<Key, { name: string }>['name'] };

function type(keys: readonly string[], from: Ui = INITIAL_UI, where = around): { ui: Ui; commands: Command[] } {
  const commands: Command[] = [];
  const ui = keys.reduce((before, key) => {
    const step = press(before, keyOf(key), where);
    if (step.command !== undefined) commands.push(step.command);
    return step.ui;
  }, from);
  return { ui, commands };
}

describe('moving', () => {
  it('selects the next trial, by arrow or letter', () => {
    expect(type(['down', 'j']).ui.selected).toBe(9);
  });
  it('follows the leader on the first row, whichever trial that becomes', () => {
    expect(type(['down', 'up']).ui.selected).toBeUndefined();
  });
  it('stops at both ends', () => {
    expect(type(['pageDown', 'pageDown', 'pageDown']).ui.selected).toBe(5);
    expect(type(['G']).ui.selected).toBe(5);
    expect(type(['G', 'g']).ui.selected).toBeUndefined();
  });
  it('scrolls an open trial instead', () => {
    expect(type(['enter', 'down', 'pageDown']).ui).toMatchObject({ open: 14, scroll: 4, selected: undefined });
  });
  it('does nothing in an empty table', () => {
    const empty = { ...around, rows: 0, trialAt: () => undefined, rowOf: () => undefined };
    expect(type(['down', 'G', 'enter'], INITIAL_UI, empty).ui).toEqual(INITIAL_UI);
  });
});

describe('the mouse', () => {
  const click = (ui: Ui, column: number, line: number): Ui => press(ui, { click: { column, line } }, around).ui;

  it('selects a trial by a click and opens it by another', () => {
    const selected = click(INITIAL_UI, 5, 12);
    expect(selected).toMatchObject({ selected: 9, open: undefined });
    expect(click(selected, 5, 12).open).toBe(9);
  });
  it('opens the leader by a click on the first row, which is selected', () =>
    expect(click(INITIAL_UI, 5, 10)).toMatchObject({ selected: undefined, open: 14 }));
  it('does nothing beside the rows, nor while something else is asked or open', () => {
    expect(click(INITIAL_UI, 50, 12)).toBe(INITIAL_UI);
    expect(click(INITIAL_UI, 5, 20)).toBe(INITIAL_UI);
    const help = type(['?']).ui;
    expect(click(help, 5, 12)).toBe(help);
  });
  it('is off until it is asked for, and off again after that', () => {
    expect(INITIAL_UI.mouse).toBe(false);
    expect(type(['m', 'm']).commands).toEqual([
      { type: 'mouse', isOn: true },
      { type: 'mouse', isOn: false },
    ]);
  });
});

it('ctrl-z suspends, whatever is asked', () => expect(type(['q', 'ctrl-z']).commands).toEqual([{ type: 'suspend' }]));

describe('choosing', () => {
  it('sorts by the next column, round the end', () => {
    expect(type(['right']).ui.sorting).toEqual({ column: 'parameter l2', reversed: false });
    expect(type(['right', 'right']).ui.sorting.column).toBe('number');
  });
  it('reverses the order', () => expect(type(['r']).ui.sorting.reversed).toBe(true));
  it('opens the trial in a slot', () => expect(type(['1']).ui.open).toBe(9));
  it('says that a slot is empty', () => expect(type(['2']).ui.message).toBe('no trial is in lane 2'));
  it('goes through the panels', () => expect(type(['tab', 'tab']).ui.panel).toBe('decisions'));
  it('comes back from help before it leaves a trial', () => {
    expect(type(['enter', '?', 'escape']).ui).toMatchObject({ help: false, open: 14 });
    expect(type(['enter', '?', 'escape', 'escape']).ui.open).toBeUndefined();
  });
});

describe('controlling', () => {
  it('asks before it prunes, and prunes on yes alone', () => {
    expect(type(['down', 'down', 'x']).commands).toEqual([]);
    expect(type(['down', 'down', 'x', 'n']).commands).toEqual([]);
    expect(type(['down', 'down', 'x', 'y']).commands).toEqual([{ type: 'prune', trial: 9 }]);
  });
  it('does not prune what is not running', () => {
    expect(type(['x', 'y'])).toMatchObject({ commands: [], ui: { question: undefined } });
  });
  it('pauses at once, quits and finishes after asking', () => {
    expect(type(['p']).commands).toEqual([{ type: 'pause' }]);
    expect(type(['q', 'y', 'f', 'y']).commands).toEqual([{ type: 'quit' }, { type: 'finish' }]);
  });
  it('takes ctrl-c also while a question is open', () => {
    expect(type(['q', 'ctrl-c']).commands).toEqual([{ type: 'interrupt' }]);
  });
  it('leaves a watched study alone', () => {
    const watched = { ...around, controllable: false };
    expect(type(['p', 'x', 'f', 'y'], INITIAL_UI, watched)).toEqual({ ui: INITIAL_UI, commands: [] });
    expect(type(['q'], INITIAL_UI, watched).commands).toEqual([{ type: 'quit' }]);
    expect(type(['ctrl-c'], INITIAL_UI, watched).commands).toEqual([{ type: 'quit' }]);
  });
});
