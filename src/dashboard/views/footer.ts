// The last line: a question, a message, or the keys that matter here.
import type { DashboardControls } from '../source.js';
import { type Line, fitLine, lineWidth, span } from '../text/line.js';
import type { Ui } from '../ui.js';

export function footer(ui: Ui, controls: DashboardControls | undefined, width: number): Line {
  if (ui.question !== undefined) return [span(`${ui.question.text} `, 'warning'), span('y / n', 'strong')];
  if (ui.message !== undefined) return [span(ui.message, 'warning')];
  const fitted: Line[] = [];
  for (const [key, text] of keysFor(ui, controls)) {
    const next: Line = [span(key, 'strong'), span(` ${text}  `, 'muted')];
    if (lineWidth([...fitted.flat(), ...next]) > width - lineWidth(HELP)) break;
    fitted.push(next);
  }
  return fitLine([...fitted.flat(), ...HELP], width);
}

const HELP: Line = [span('?', 'strong'), span(' keys', 'muted')];

function keysFor(ui: Ui, controls: DashboardControls | undefined): readonly (readonly [string, string])[] {
  const study: (readonly [string, string])[] =
    controls === undefined
      ? [['q', 'quit']]
      : [
          ['q', 'quit'],
          ['p', controls.paused ? 'continue' : 'pause'],
          ['x', 'prune'],
          ['f', 'finish'],
        ];
  if (ui.open !== undefined) return [['↑↓', 'scroll'], ['esc', 'back'], ...study];
  return [['↑↓', 'move'], ['enter', 'open'], ['←→', 'sort'], ['tab', 'panel'], ...study];
}
