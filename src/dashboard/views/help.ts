// The list of keys.
import { type Line, heading, span } from '../text/line.js';

const KEYS: readonly (readonly [string, string, 'always' | 'running'])[] = [
  ['↑ ↓  j k', 'move, scroll (page up and down, g and G for the ends)', 'always'],
  ['← →  h l', 'sort by another column', 'always'],
  ['r', 'reverse the order', 'always'],
  ['enter', 'open the trial: parameters, curve, confusions', 'always'],
  ['1 … 9', 'open the trial in that slot', 'always'],
  ['esc', 'back', 'always'],
  ['tab', 'trials, history, decisions', 'always'],
  ['p  space', 'pause, continue', 'running'],
  ['x', 'prune this trial', 'running'],
  ['f', 'finish: nothing new starts, running trials run to their end', 'running'],
  ['m', 'mouse on and off: a click selects and opens, the wheel scrolls', 'always'],
  ['ctrl-l', 'redraw the screen', 'always'],
  ['ctrl-z', 'suspend; fg continues', 'always'],
  ['q', 'quit; everything is kept, the same command continues', 'always'],
];

export function help(controllable: boolean, width: number): Line[] {
  const keys = KEYS.filter(([, , when]) => when === 'always' || controllable);
  return [
    heading('keys', width, [span('esc back ', 'muted')]),
    ...keys.map(([key, text]): Line => [
      span(`  ${key.padEnd(10)}`, 'strong'),
      span(key === 'q' && !controllable ? 'quit; the study continues' : text),
    ]),
    [],
    [span('  About 8 times in 10 the actual time left is within the range.', 'muted')],
    [span('  ★ best  ≈ repeat with another seed  ∅ from random weights', 'muted')],
    [span('  + and − compare with the best trial at the same epoch.', 'muted')],
  ];
}
