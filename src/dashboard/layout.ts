// How the rows and columns of the terminal are shared out.
import type { Panel } from './ui.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Rectangle {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly lanes: Rectangle;
  /** Columns side by side, each a stack of panels. Each panel's height includes its heading. */
  readonly body: readonly (readonly (Rectangle & { readonly panel: Panel })[])[];
  /** Whether every panel is visible, so that none needs to be switched to. */
  readonly complete: boolean;
}

const HEADER = 3;
const FOOTER = 1;

/** Whether anything useful fits. */
export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < 40 || rows < 10;
}

/** @param lanesWithin how many lines the lanes take of so many. */
export function layOut({ columns, rows }: Size, lanesWithin: (most: number) => number, panel: Panel): Layout {
  const available = rows - HEADER - FOOTER;
  const lanesHeight = lanesWithin(Math.max(3, Math.floor(available * (rows < 30 ? 0.45 : 0.4))));
  const lanes = { width: columns, height: lanesHeight };
  const height = Math.max(0, available - lanesHeight);
  if (columns >= 110 && height >= 14) return { lanes, body: sideBySide(columns, height), complete: true };
  if (height >= 26) return { lanes, body: [stacked(columns, height)], complete: true };
  return { lanes, body: [focused(columns, height, panel)], complete: false };
}

function sideBySide(columns: number, height: number): Layout['body'] {
  const right = Math.min(90, Math.floor((columns - 2) * 0.42));
  const plot = Math.max(7, Math.floor(height * 0.5));
  return [
    [{ panel: 'trials', width: columns - 2 - right, height }],
    [
      { panel: 'history', width: right, height: plot },
      { panel: 'decisions', width: right, height: height - plot },
    ],
  ];
}

function stacked(width: number, height: number): Layout['body'][number] {
  const plot = Math.floor(height * 0.3);
  const decisions = Math.floor(height * 0.28);
  return [
    { panel: 'trials', width, height: height - plot - decisions },
    { panel: 'history', width, height: plot },
    { panel: 'decisions', width, height: decisions },
  ];
}

/** The chosen panel, with the latest decisions below it. */
function focused(width: number, height: number, panel: Panel): Layout['body'][number] {
  if (panel === 'decisions') return [{ panel, width, height }];
  const decisions = height < 12 ? Math.min(2, Math.max(0, height - 5)) : Math.floor(height * 0.3);
  return [
    { panel, width, height: height - decisions },
    { panel: 'decisions', width, height: decisions },
  ];
}
