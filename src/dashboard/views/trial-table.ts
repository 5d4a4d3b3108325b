// The table of trials in the chosen order: the rows around the selected one.
import { must } from '../../system/must.js';
import type { Trial } from '../../study/trial.js';
import { type Column, SOURCE_SIGNS, STATE_SIGNS } from '../model/columns.js';
import type { Sorting, StudyModel } from '../model/study-model.js';
import { type Line, type Span, fitLine, heading, span } from '../text/line.js';
import { shortNames } from '../text/parameters.js';
import { fit, oneLine, widthOf } from '../../system/text-width.js';

/** Below this width states are signs without words. */
const WORDS = 90;
/** A short name that is still longer is cut. */
const NARROW_TITLE = 8;

export interface TableInput {
  readonly model: StudyModel;
  readonly sorting: Sorting;
  /** A trial's number; undefined for the first row, whichever trial that is. */
  readonly selected: number | undefined;
}

export function trialTable(
  { model, sorting, selected }: TableInput,
  width: number,
  height: number,
  tabs: Line = [],
): Line[] {
  const columns = visibleColumns(model.columns, sorting, width);
  const sorted = model.columns.find(({ id }) => id === sorting.column) ?? must(model.columns[0], 'a column');
  const title = `trials by ${sorted.title} ${arrow(sorted, sorting)}`;
  const rows = Math.max(0, height - 2);
  const position = positionOf({ model, selected });
  const from = firstRow({ model, selected }, height);
  const visible = model.table.slice(from, rows);
  const range = visible.length === 0 ? '' : ` · ${from + 1}–${from + visible.length} of ${model.table.size}`;
  const lines = [
    heading(`${title}${range}`, width, tabs),
    fitLine([span('  '), ...columns.flatMap((column) => titleCell(column, sorting))], width),
    ...visible.map((trial, i) => trialRow(model, columns, trial, from + i === position, width)),
  ];
  if (visible.length === 0) lines.push([span('  no trials yet', 'muted')]);
  return lines.slice(0, height);
}

type Selection = Pick<TableInput, 'model' | 'selected'>;

function positionOf({ model, selected }: Selection): number {
  return selected === undefined ? 0 : (model.table.positionOf(selected) ?? 0);
}

/** The first row that is visible in a table of so many lines, its heading and titles included. */
export function firstRow(selection: Selection, height: number): number {
  const rows = Math.max(0, height - 2);
  const { size } = selection.model.table;
  return Math.max(0, Math.min(positionOf(selection) - Math.floor(rows / 2), size - rows));
}

/** As many columns as fit; the one that the table is sorted by is always among them. */
function visibleColumns(all: readonly Column[], sorting: Sorting, width: number): readonly Column[] {
  const columns = all.map((column) =>
    column.id === 'state' && width < WORDS ? { ...column, title: '', width: 1 } : column,
  );
  const sorted = columns.findIndex(({ id }) => id === sorting.column);
  const own = columns.findIndex(isParameter);
  const reordered =
    own >= 0 && sorted >= own
      ? [
          ...columns.slice(0, own),
          must(columns[sorted], 'a column'),
          ...columns.slice(own).filter((_, i) => own + i !== sorted),
        ]
      : columns;
  const fitting = leading(reordered, width);
  if (fitting.length === reordered.length) return fitting;
  const short = shortNames(reordered.filter(isParameter).map(({ title }) => title));
  return leading(
    reordered.map((column) => {
      if (column.narrow === undefined) return column;
      const title = short.get(column.title) ?? column.title;
      return { ...column, title, width: Math.max(column.narrow, Math.min(NARROW_TITLE, widthOf(title))) };
    }),
    width,
  );
}

function isParameter({ id }: Column): boolean {
  return id.startsWith('parameter ');
}

function leading(columns: readonly Column[], width: number): readonly Column[] {
  let used = 2;
  return columns.filter((column) => (used += column.width + 1) <= width + 1);
}

function titleCell(column: Column, sorting: Sorting): Span[] {
  const isSorted = column.id === sorting.column;
  return [span(fit(column.title, column.width, column.align), isSorted ? 'strong' : 'muted'), span(' ')];
}

function arrow(column: Column, sorting: Sorting): string {
  return column.descending === sorting.reversed ? '↑' : '↓';
}

function trialRow(model: StudyModel, columns: readonly Column[], trial: Trial, selected: boolean, width: number): Line {
  const isBest = trial.number === model.winner?.trial.number;
  const spans = columns.flatMap((column): Span[] => {
    const text = column.id === 'state' && column.width === 1 ? STATE_SIGNS[trial.state].sign : column.text(trial);
    const tone =
      column.id === 'state' ? STATE_SIGNS[trial.state].tone : column.id === 'value' && isBest ? 'best' : 'plain';
    return [span(fit(text, column.width, column.align), tone), span(' ')];
  });
  const mark = span(`${selected ? '›' : ' '}${isBest ? '★' : SOURCE_SIGNS[trial.source]}`, isBest ? 'best' : 'strong');
  const line = fitLine([mark, ...spans], width);
  return selected ? line.map((one) => ({ ...one, tone: 'plain', text: oneLine(one.text), inverse: true })) : line;
}
