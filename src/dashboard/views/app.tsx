// The dashboard as an Ink application: keys in, screen out.
import { useInput, type Key as InkKey } from 'ink';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Size } from '../layout.js';
import { type Layout, layOut } from '../layout.js';
import { lanesOf } from '../model/lanes.js';
import type { StudyModel } from '../model/study-model.js';
import type { DashboardControls, StudyStatus } from '../source.js';
import { type Command, INITIAL_UI, type Key, type KeyName, type Surroundings, type Ui, press } from '../ui.js';
import { lanesHeight } from './lanes.js';
import { Screen, openLines } from './screen.js';
import { firstRow } from './trial-table.js';

export interface AppProps {
  readonly model: StudyModel;
  readonly status: StudyStatus;
  readonly controls: DashboardControls | undefined;
  readonly size: Size;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly colour: boolean;
  /** The person leaves a study that is only watched. */
  readonly onQuit: () => void;
  /** The screen is to be drawn from nothing, because something else has written on it. */
  readonly onRepaint: () => void;
  /** Ctrl-Z. */
  readonly onSuspend: () => void;
  readonly onMouse: (isOn: boolean) => void;
  /** Ink unmounts by itself when a signal is about to end the process. */
  readonly onUnmount: () => void;
}

export function App(props: AppProps): ReactNode {
  const { model, onRepaint, onUnmount } = props;
  const [ui, setUi] = useState<Ui>(INITIAL_UI);
  // Several keys can arrive before React draws again.
  const latest = useRef(ui);
  useEffect(() => onUnmount, [onUnmount]);
  useInput((input, inkKey) => {
    if (inkKey.ctrl && input === 'l') return onRepaint();
    for (const key of keysOf(input, inkKey)) {
      const { ui: next, command } = press(latest.current, key, surroundings(props, latest.current));
      model.sort(next.sorting);
      latest.current = command === undefined ? next : { ...next, message: carryOut(command, props) };
    }
    setUi(latest.current);
  });
  return <Screen {...props} ui={ui} />;
}

/** Does what was asked and says what that means. */
function carryOut(command: Command, { controls, onQuit, onSuspend, onMouse }: AppProps): string | undefined {
  switch (command.type) {
    case 'pause':
      if (controls?.paused === true) controls.resume();
      else controls?.pause();
      return controls?.paused === true ? 'paused: nothing starts, trials wait at their next report' : undefined;
    case 'prune':
      controls?.prune(command.trial);
      return `pruning trial ${command.trial}`;
    case 'finish':
      controls?.finish();
      return 'finishing: nothing new starts';
    case 'suspend':
      onSuspend();
      return undefined;
    case 'mouse':
      onMouse(command.isOn);
      return command.isOn
        ? 'mouse on: a click selects a trial, another opens it, the wheel scrolls; m ends it, and text can be selected again'
        : 'mouse off';
    case 'interrupt':
      controls?.interrupt();
      return controls?.phase === 'aborting'
        ? 'stopping at once'
        : 'stopping at the next reports; press again to stop at once';
    case 'quit':
      if (controls === undefined) onQuit();
      else if (controls.phase === 'running' || controls.phase === 'finishing') controls.interrupt();
      return 'stopping at the next reports; everything is kept; ctrl-c stops at once';
  }
}

function surroundings(props: AppProps, ui: Ui): Surroundings {
  const { model, status, size, controls } = props;
  const opened = openLines({ ...props, ui });
  const layout = layOut(size, (most) => lanesHeight(model, status, size.columns, most), ui.panel);
  const bodyRows = layout.body[0]?.[0]?.height ?? 1;
  return {
    columns: model.columns.map(({ id }) => id),
    trialAt: (row) => model.table.at(row)?.number,
    rowOf: (trial) => model.table.positionOf(trial),
    rowAt: (column, line) => rowAt(props, ui, layout, column, line),
    rows: model.table.size,
    pageRows: Math.max(1, bodyRows - 2),
    isRunning: (trial) => model.running.has(trial),
    trialInLane: (lane) => lanesOf(model, status)[lane]?.trial,
    mostScroll: opened === undefined ? model.decisions.size - 1 : Math.max(0, opened.length - (size.rows - 5)),
    controllable: controls !== undefined,
  };
}

/** Lines of the header, and of the heading and the titles of the table. */
const [ABOVE_LANES, ABOVE_ROWS] = [3, 2] as const;

function rowAt({ model }: AppProps, ui: Ui, { lanes, body }: Layout, column: number, line: number): number | undefined {
  const panel = body[0]?.[0];
  if (panel?.panel !== 'trials' || column > panel.width) return undefined;
  const place = line - 1 - ABOVE_LANES - lanes.height - ABOVE_ROWS;
  const row = firstRow({ model, selected: ui.selected }, panel.height) + place;
  return place < 0 || place >= panel.height - ABOVE_ROWS || row >= model.table.size ? undefined : row;
}

/** A report of the mouse in xterm's mode 1006, without its escape: button, column, line, and M where it was pressed. */
const MOUSE = /^\[<(\d+);(\d+);(\d+)([Mm])$/;
const [LEFT, WHEEL_UP, WHEEL_DOWN] = [0, 64, 65] as const;

function mouseKeys(input: string): Key[] | undefined {
  const [, button, column, line, end] = MOUSE.exec(input) ?? [];
  if (button === undefined) return undefined;
  if (end === 'm') return [];
  if (Number(button) === WHEEL_UP) return [{ name: 'up' }];
  if (Number(button) === WHEEL_DOWN) return [{ name: 'down' }];
  return Number(button) === LEFT ? [{ click: { column: Number(column), line: Number(line) } }] : [];
}

/** Keys as they come within a burst. */
const TYPED: Readonly<Record<string, KeyName>> = { '\u0003': 'ctrl-c', '\u001a': 'ctrl-z', '\r': 'enter', '\t': 'tab' };

/** A burst of typed characters, as a slow connection delivers them, is as many keys. */
function keysOf(input: string, key: InkKey): Key[] {
  if (key.ctrl) return input === 'c' ? [{ name: 'ctrl-c' }] : input === 'z' ? [{ name: 'ctrl-z' }] : [];
  const clicked = mouseKeys(input);
  if (clicked !== undefined) return clicked;
  const named: readonly (readonly [boolean, KeyName])[] = [
    [key.upArrow, 'up'],
    [key.downArrow, 'down'],
    [key.leftArrow, 'left'],
    [key.rightArrow, 'right'],
    [key.pageUp, 'pageUp'],
    [key.pageDown, 'pageDown'],
    [key.home, 'home'],
    [key.end, 'end'],
    [key.return, 'enter'],
    [key.escape || key.backspace || key.delete, 'escape'],
    [key.tab, 'tab'],
  ];
  const found = named.find(([pressed]) => pressed);
  if (found !== undefined) return [{ name: found[1] }];
  return Array.from(input, (character) => {
    const name = TYPED[character];
    return name === undefined ? { character } : { name };
  });
}
