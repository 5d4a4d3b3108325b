// What the person has chosen to see, and how keys change it. Pure: what a key asks of the study comes back as a command.
import type { Sorting } from './model/study-model.js';

export type Panel = 'trials' | 'history' | 'decisions';

export interface Ui {
  readonly panel: Panel;
  readonly sorting: Sorting;
  /** A trial's number; undefined stays with the first row, whichever trial that is. */
  readonly selected: number | undefined;
  /** The trial that is shown in full. */
  readonly open: number | undefined;
  /** Lines or decisions scrolled past in the open trial or the list of decisions. */
  readonly scroll: number;
  readonly help: boolean;
  /** Whether clicks and the wheel count. Off at first: with it on, terminals select text only with shift. */
  readonly mouse: boolean;
  readonly question: { readonly text: string; readonly command: Command } | undefined;
  readonly message: string | undefined;
}

export type Command =
  | { readonly type: 'pause' }
  | { readonly type: 'prune'; readonly trial: number }
  | { readonly type: 'finish' }
  | { readonly type: 'quit' }
  | { readonly type: 'interrupt' }
  | { readonly type: 'mouse'; readonly isOn: boolean }
  | { readonly type: 'suspend' };

export const INITIAL_UI: Ui = {
  panel: 'trials',
  sorting: { column: 'value', reversed: false },
  selected: undefined,
  open: undefined,
  scroll: 0,
  help: false,
  mouse: false,
  question: undefined,
  message: undefined,
};

/** What keys can refer to. */
export interface Surroundings {
  /** Column identities in order. */
  readonly columns: readonly string[];
  /** The trial at a row of the table, and the row of a trial. */
  readonly trialAt: (row: number) => number | undefined;
  readonly rowOf: (trial: number) => number | undefined;
  /** The row of the table at a place of the screen, both counted from 1. */
  readonly rowAt: (column: number, line: number) => number | undefined;
  readonly rows: number;
  readonly pageRows: number;
  readonly isRunning: (trial: number) => boolean;
  /** The trial in the n-th lane, from 0. */
  readonly trialInLane: (lane: number) => number | undefined;
  /** The largest useful scroll where scrolling is what moving does. */
  readonly mostScroll: number;
  /** Whether the study can be controlled, or is only watched. */
  readonly controllable: boolean;
}

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'ctrl-c'
  | 'ctrl-z';

/** A named key, the character that was typed, or a click at a place of the screen, counted from 1. */
export type Key =
  | { readonly name: KeyName }
  | { readonly character: string }
  | { readonly click: { readonly column: number; readonly line: number } };

export interface Step {
  readonly ui: Ui;
  readonly command?: Command;
}

const NAMED: Readonly<Record<string, KeyName>> = { k: 'up', j: 'down', h: 'left', l: 'right', g: 'home', G: 'end' };

export function press(ui: Ui, key: Key, around: Surroundings): Step {
  if ('click' in key) return { ui: click(ui, key.click, around) };
  const name = 'name' in key ? key.name : NAMED[key.character];
  const character = 'character' in key ? key.character : '';
  if (name === 'ctrl-c') return { ui, command: { type: around.controllable ? 'interrupt' : 'quit' } };
  if (name === 'ctrl-z') return { ui, command: { type: 'suspend' } };
  if (ui.question !== undefined) {
    const answered = { ...ui, question: undefined };
    return character === 'y' || name === 'enter' ? { ui: answered, command: ui.question.command } : { ui: answered };
  }
  const calm = { ...ui, message: undefined };
  if (character === '?') return { ui: { ...calm, help: !ui.help } };
  if (name === 'escape') return { ui: back(calm) };
  if (name !== undefined) return { ui: ui.help ? calm : move(calm, name, around) };
  if (/^[1-9]$/.test(character)) return { ui: openLane(calm, Number(character), around) };
  return choose(calm, character, around);
}

function back(ui: Ui): Ui {
  if (ui.help) return { ...ui, help: false };
  return { ...ui, open: undefined, scroll: 0 };
}

function move(ui: Ui, name: KeyName, around: Surroundings): Ui {
  switch (name) {
    case 'left':
    case 'right':
      return ui.open === undefined ? sortBy(ui, name === 'left' ? -1 : 1, around) : ui;
    case 'tab':
      return { ...ui, open: undefined, scroll: 0, panel: NEXT_PANEL[ui.panel] };
    case 'enter':
      return ui.open === undefined ? { ...ui, open: ui.selected ?? around.trialAt(0), scroll: 0 } : ui;
    case 'escape':
    case 'ctrl-c':
    case 'ctrl-z':
      return ui;
    default:
      return ui.open !== undefined || ui.panel === 'decisions'
        ? { ...ui, scroll: clamp(target(ui.scroll, name, around.pageRows, around.mostScroll), around.mostScroll) }
        : select(ui, name, around);
  }
}

/** Selects a trial; a click on the selected one opens it. */
function click(ui: Ui, { column, line }: { readonly column: number; readonly line: number }, around: Surroundings): Ui {
  const row = ui.help || ui.open !== undefined || ui.question !== undefined ? undefined : around.rowAt(column, line);
  if (row === undefined) return ui;
  const trial = around.trialAt(row);
  const selected = ui.selected ?? around.trialAt(0);
  if (trial !== undefined && trial === selected) return { ...ui, open: trial, scroll: 0 };
  return { ...ui, selected: row === 0 ? undefined : trial };
}

const NEXT_PANEL: Readonly<Record<Panel, Panel>> = { trials: 'history', history: 'decisions', decisions: 'trials' };

/** Staying on the first row means following the leader, so it is remembered as such, not as a trial. */
function select(ui: Ui, name: KeyName, around: Surroundings): Ui {
  const row = ui.selected === undefined ? 0 : (around.rowOf(ui.selected) ?? 0);
  const next = clamp(target(row, name, around.pageRows, around.rows - 1), around.rows - 1);
  return { ...ui, selected: next === 0 ? undefined : around.trialAt(next) };
}

function target(from: number, name: KeyName, page: number, last: number): number {
  switch (name) {
    case 'up':
      return from - 1;
    case 'down':
      return from + 1;
    case 'pageUp':
      return from - page;
    case 'pageDown':
      return from + page;
    case 'home':
      return 0;
    default:
      return last;
  }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}

function sortBy(ui: Ui, step: number, { columns }: Surroundings): Ui {
  const at = Math.max(0, columns.indexOf(ui.sorting.column));
  const column = columns[(at + step + columns.length) % columns.length] ?? 'value';
  return { ...ui, panel: 'trials', sorting: { column, reversed: false } };
}

function openLane(ui: Ui, lane: number, around: Surroundings): Ui {
  const trial = around.trialInLane(lane - 1);
  return trial === undefined
    ? { ...ui, message: `no trial is in lane ${lane}` }
    : { ...ui, open: trial, scroll: 0, help: false };
}

function choose(ui: Ui, character: string, around: Surroundings): Step {
  const ask = (text: string, command: Command): Step => ({ ui: { ...ui, question: { text, command } } });
  switch (character) {
    case 'r':
      return { ui: { ...ui, panel: 'trials', sorting: { ...ui.sorting, reversed: !ui.sorting.reversed } } };
    case 'm':
      return { ui: { ...ui, mouse: !ui.mouse }, command: { type: 'mouse', isOn: !ui.mouse } };
    case 's':
      return { ui: sortBy(ui, 1, around) };
    case 'q':
      if (!around.controllable) return { ui, command: { type: 'quit' } };
      return ask('Quit? Everything is kept; the same command continues.', { type: 'quit' });
  }
  if (!around.controllable) return { ui };
  switch (character) {
    case 'p':
    case ' ':
      return { ui, command: { type: 'pause' } };
    case 'f':
      return ask('Finish after the running trials?', { type: 'finish' });
    case 'x': {
      const trial = ui.open ?? ui.selected ?? around.trialAt(0);
      if (trial === undefined) return { ui };
      if (!around.isRunning(trial)) {
        return { ui: { ...ui, message: `trial ${trial} is not running; 1 … 9 open the trial in a slot` } };
      }
      return ask(`Prune trial ${trial}?`, { type: 'prune', trial });
    }
    default:
      return { ui };
  }
}
