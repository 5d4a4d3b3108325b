// The page's table of trials: sorted, filtered, brushed, a page of rows at a time; and what hovering over a trial says.
/* global document, data, escapeText, hovers, chartListeners, printListeners, parseFilter, openTrial */
'use strict';

/** Rows at a time on a screen and on paper, which has no button for more. */
const [SCREEN_ROWS, PAPER_ROWS] = [20, 500];
let pageRows = SCREEN_ROWS;
/** Positions in a row, with the titles of those that have a column; the best epoch is told where the trial is opened. */
const FIXED = { 0: 'trial', 1: 'state', 2: 'value', 4: 'epochs', 5: 'time' };
const REASON = 6;
const FIRST_PARAMETER = 7;

const trials = data.trials;
let columns = trials === undefined ? [] : columnsOf(trials);
const state = { sort: 2, descending: trials?.maximize ?? true, filter: '', brushed: undefined, page: 0 };

function columnsOf({ metric, parameters }) {
  const fixed = Object.entries(FIXED).map(([index, title]) => ({
    title: title === 'value' ? metric : title,
    index: Number(index),
    text: title === 'state',
  }));
  return [...fixed, ...parameters.map((title, i) => ({ title, index: FIRST_PARAMETER + i, text: false }))];
}

/** Missing values last, whichever way the order runs. */
function compare(a, b) {
  const [x, y] = [a[state.sort], b[state.sort]];
  if (x === y) return a[0] - b[0];
  if (x === null) return 1;
  if (y === null) return -1;
  const ascending = typeof x === 'number' && typeof y === 'number' ? x - y : String(x) < String(y) ? -1 : 1;
  return state.descending ? -ascending : ascending;
}

/** What a filter may compare, by name in lower case; a parameter's name comes before that of a column. */
function filterColumns({ metric, parameters }) {
  const fixed = { trial: 0, state: 1, value: 2, [metric]: 2, epoch: 3, epochs: 4, time: 5, seconds: 5, reason: 6 };
  return new Map([
    ...Object.entries(fixed).map(([name, index]) => [name.toLowerCase(), { index, isTime: index === 5 }]),
    ...parameters.map((name, i) => [name.toLowerCase(), { index: FIRST_PARAMETER + i, isTime: false }]),
  ]);
}

let filterable = trials === undefined ? new Map() : filterColumns(trials);

function selected({ terms }) {
  return trials.rows
    .filter((row) => state.brushed === undefined || state.brushed.has(row[0]))
    .filter((row) => terms.every((term) => term(row, trials.texts[row[0]])))
    .sort(compare);
}

function render() {
  const focused = focusedPart();
  const filter = parseFilter(state.filter, filterable);
  const rows = selected(filter);
  const pages = Math.max(1, Math.ceil(rows.length / pageRows));
  state.page = Math.min(state.page, pages - 1);
  const from = state.page * pageRows;
  const head = columns.map(({ title, index, text }) => {
    const arrow = index === state.sort ? (state.descending ? ' ↓' : ' ↑') : '';
    const sorted = index === state.sort ? (state.descending ? 'descending' : 'ascending') : 'none';
    return `<th scope="col" class="${text ? 'text' : ''}" aria-sort="${sorted}"><button data-sort="${index}">${escapeText(title + arrow)}</button></th>`;
  });
  const body = rows.slice(from, from + pageRows).map((row) => {
    const cells = columns.map(({ index, text }) => {
      const content = escapeText(trials.texts[row[0]][index]);
      // A button, so that a keyboard opens a trial too.
      if (index === 0) return `<th scope="row"><button aria-label="open trial ${content}">${content}</button></th>`;
      return `<td class="${text ? 'text' : ''}">${content}</td>`;
    });
    return `<tr data-trial="${row[0]}" class="${row[0] === trials.best ? 'best' : ''}">${cells.join('')}</tr>`;
  });
  document.getElementById('table').innerHTML =
    `<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody>`;
  document.getElementById('shown').textContent = [
    `${rows.length} of ${trials.rows.length} trials`,
    ...filter.problems,
  ].join(' · ');
  document.getElementById('page').textContent =
    rows.length === 0 ? '' : `${from + 1}–${Math.min(from + pageRows, rows.length)}`;
  document.getElementById('previous').disabled = state.page === 0;
  document.getElementById('next').disabled = state.page >= pages - 1;
  document.getElementById('clear').hidden = state.brushed === undefined;
  if (focused !== undefined) document.querySelector(`#table ${focused} button, #table ${focused}`)?.focus();
}

/** Where the keyboard is in the table, which is made anew with every change. */
function focusedPart() {
  const part = document.activeElement?.closest('#table [data-sort], #table [data-trial]');
  if (part === null || part === undefined) return undefined;
  const { sort, trial } = part.dataset;
  return sort === undefined ? `[data-trial="${trial}"]` : `[data-sort="${sort}"]`;
}

function change(part) {
  Object.assign(state, { page: 0 }, part);
  render();
}

function trialLines(number) {
  const row = trials.rows[number];
  if (row === undefined) return [];
  const text = trials.texts[number];
  const value = row[2] === null ? '' : `, ${trials.metric} ${text[2]} at epoch ${text[3]}`;
  return [
    `trial ${number} ${row[1]}${value}`,
    ...trials.parameters.map((name, i) => `${name}: ${text[FIRST_PARAMETER + i]}`),
  ];
}

/** The trial of a data item: the last number of a point, the value of a line. */
function trialOf({ value }) {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return Number.isInteger(last) ? last : undefined;
}

hovers.trial = (item) => {
  const number = trialOf(item);
  const [first, ...rest] = number === undefined ? [] : trialLines(number);
  return first === undefined ? '' : `<b>${escapeText(first)}</b><br>${rest.map(escapeText).join('<br>')}`;
};

/** Brushing the parallel coordinates selects the rows of the table. */
function brush(chart, plot) {
  const series = chart.getModel().getSeriesByIndex(0);
  const rows = data.plots[plot.id].option.series[0].data;
  const active = series.getRawIndicesByActiveState('active');
  change({ brushed: active.length === 0 ? undefined : new Set(active.map((i) => rows[i].at(-1))) });
}

chartListeners.push((chart, plot, id) => {
  if (trials === undefined) return;
  if (plot.hover === 'trial') chart.on('click', (item) => openTrial(trialOf(item)));
  if (id !== 'parallel') return;
  chart.on('axisareaselected', () => brush(chart, plot));
  document.getElementById('clear')?.addEventListener('click', () => {
    plot.option.parallelAxis.forEach((_, parallelAxisIndex) =>
      chart.dispatchAction({ type: 'axisAreaSelect', parallelAxisIndex, intervals: [] }),
    );
  });
});

/** Once the page has the table. */
function mountTable() {
  document.getElementById('table').addEventListener('click', ({ target }) => {
    const sort = target.closest('[data-sort]')?.dataset.sort;
    if (sort !== undefined) {
      const index = Number(sort);
      return change({
        sort: index,
        descending: index === state.sort ? !state.descending : index === 2 && trials.maximize,
      });
    }
    const number = target.closest('[data-trial]')?.dataset.trial;
    if (number !== undefined) openTrial(Number(number));
  });
  document.getElementById('filter').addEventListener('input', ({ target }) => change({ filter: target.value }));
  document.getElementById('previous').addEventListener('click', () => change({ page: state.page - 1 }));
  document.getElementById('next').addEventListener('click', () => change({ page: state.page + 1 }));
  document.getElementById('clear').addEventListener('click', () => change({ brushed: undefined }));
  render();
}

printListeners.push((isPrinting) => {
  if (trials === undefined || document.getElementById('table') === null) return;
  pageRows = isPrinting ? PAPER_ROWS : SCREEN_ROWS;
  change({});
});
if (trials !== undefined && document.getElementById('table') !== null) mountTable();
