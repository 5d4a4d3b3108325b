// A page that follows its study: asks the server for what has changed, and changes that much of the page.
/* global document, window, location, fetch, sessionStorage, setTimeout, clearTimeout, AbortController, applyChange, data, charts, elements, optionOf, plotOf, findPlots, watchScrolling, trials, state, change, cardTrial:writable, columns:writable, filterable:writable, columnsOf, filterColumns, mountTable, render, openTrial, isPrinting, renderNow */
'use strict';

/** Milliseconds between attempts while the server does not answer. */
const [SHORTEST_WAIT, LONGEST_WAIT] = [500, 10_000];
/** A page is not loaded anew more often than once in so many milliseconds. */
const LEAST_RELOAD = 5000;
/** Milliseconds in which the server answers, which holds a request for 8 s, and then sends what it has. */
const LONGEST_ANSWER = 25_000;

let version = data.version;
/** Of the request that waits for changes. */
let waiting;

/** For as long as the page is in view: one that is hidden needs no connection, of which a browser has few. */
async function follow() {
  let wait = SHORTEST_WAIT;
  for (;;) {
    await untilVisible();
    waiting = new AbortController();
    let late = giveUpLater(waiting);
    try {
      const response = await fetch(`changes?since=${version}`, { signal: waiting.signal, cache: 'no-store' });
      clearTimeout(late);
      late = giveUpLater(waiting);
      if (response.status === 404)
        return showConnection('This page is no longer served. What it shows does not change.');
      if (!response.ok) throw new Error(`status ${response.status}`);
      if (response.status !== 204) await receive(await response.json());
      showConnection('');
      wait = SHORTEST_WAIT;
    } catch (error) {
      if (error.name === 'AbortError') continue;
      showConnection('No connection to hpo watch. The page shows what was known last, and tries again.');
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(LONGEST_WAIT, 2 * wait);
    } finally {
      clearTimeout(late);
    }
  }
}

/** A network that is cut off says nothing, and would be waited for without end. */
function giveUpLater(request) {
  return setTimeout(() => request.abort(new Error('no answer')), LONGEST_ANSWER);
}

function untilVisible() {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) waiting?.abort();
});

function showConnection(text) {
  const line = document.getElementById('connection');
  line.textContent = text;
  line.hidden = text === '';
}

async function receive(answer) {
  if (answer.anew === true) await reload();
  const changes = answer.changes.flat();
  for (const change of changes) applyChange(data, change);
  version = answer.version;
  show(changes.map(([path]) => path));
}

/** The study is another one, or too much has changed. What was typed is kept. */
function reload() {
  const latest = Number(sessionStorage.getItem('reloaded') ?? 0);
  sessionStorage.setItem('reloaded', String(Date.now()));
  if (state.filter !== '') sessionStorage.setItem('filter', state.filter);
  setTimeout(() => location.reload(), Math.max(0, latest + LEAST_RELOAD - Date.now()));
  return new Promise(() => {});
}

function show(paths) {
  const changed = (part) => paths.filter(([first]) => first === part);
  if (changed('subtitle').length > 0) document.querySelector('.subtitle').innerHTML = data.subtitle;
  if (changed('contents').length > 0) showContents();
  if (changed('now').length > 0) renderNow();
  const sections = new Set(changed('sections').map(([, id]) => id));
  if (sections.size > 0 || changed('order').length > 0) showSections(sections);
  if (changed('plots').length > 0) showPlots(new Set(changed('plots').map(([, id]) => id)));
  if (changed('trials').length > 0) showTrials(changed('trials'));
}

function showContents() {
  const links = data.contents.map(([id, name]) => {
    const link = document.createElement('a');
    link.href = `#${id}`;
    link.textContent = name;
    return link;
  });
  document.querySelector('nav').replaceChildren(...links);
}

/** The server escapes what comes from a study. */
function showSections(changed) {
  const main = document.querySelector('main');
  for (const section of [...main.children]) if (!data.order.includes(section.id)) section.remove();
  let before = null;
  for (const id of data.order) {
    let section = document.getElementById(id);
    if (section === null || changed.has(id)) {
      const next = parsed(data.sections[id]);
      if (next === null) continue;
      if (section === null) main.insertBefore(next, before === null ? main.firstChild : before.nextSibling);
      else renew(section, next);
      section = next;
    } else if (section.previousElementSibling !== before) {
      main.insertBefore(section, before === null ? main.firstChild : before.nextSibling);
    }
    before = section;
  }
  // What the page holds as text it need not hold twice.
  data.sections = {};
  if (document.querySelector('#table:empty') !== null) mountTable();
  findPlots();
  watchScrolling();
}

function parsed(html) {
  const template = document.createElement('template');
  template.innerHTML = html ?? '';
  return template.content.firstElementChild;
}

/** Plots that are drawn stay, and what is folded open stays open. */
function renew(section, next) {
  for (const place of next.querySelectorAll('[data-plot]')) {
    const drawn = elements.find(({ dataset }) => dataset.plot === place.dataset.plot);
    if (drawn === undefined || !section.contains(drawn)) continue;
    drawn.setAttribute('aria-label', place.getAttribute('aria-label'));
    for (const name of ['minWidth', 'maxWidth', 'height']) drawn.style[name] = place.style[name];
    place.replaceWith(drawn);
  }
  const opened = [...section.querySelectorAll('details')].map(({ open }) => open);
  for (const [i, details] of next.querySelectorAll('details').entries()) details.open = opened[i] === true;
  section.replaceWith(next);
}

/** A zoomed part stays zoomed, and a hidden series hidden. */
function showPlots(changed) {
  if (isPrinting) return;
  for (const element of elements) {
    const id = element.dataset.plot;
    const chart = charts.get(id);
    if (chart === undefined || !changed.has(id)) continue;
    // What was brushed is a choice of lines that are there.
    if (id === 'parallel' && state.brushed !== undefined) continue;
    chart.setOption(optionOf(plotOf(element), element.clientWidth < 500), { replaceMerge: ['series'] });
  }
}

function showTrials(paths) {
  if (paths.some(([, part]) => part === 'parameters' || part === 'metric')) {
    columns = columnsOf(trials);
    filterable = filterColumns(trials);
  }
  // A click is a press and a release on the same element.
  if (document.querySelector('#table:active') === null && document.getElementById('table') !== null) render();
  const card = document.getElementById('trial-card');
  const isAbout = ([, , number]) => number === cardTrial || number === undefined;
  if (card.open && paths.some(isAbout)) openTrial(cardTrial);
}

document.addEventListener('click', ({ target }) => {
  if (target.id === 'clear') showPlots(new Set(['parallel']));
});

const typed = sessionStorage.getItem('filter');
sessionStorage.removeItem('filter');
if (typed !== null && document.getElementById('filter') !== null) {
  document.getElementById('filter').value = typed;
  change({ filter: typed });
}
window.addEventListener('DOMContentLoaded', () => {
  if (data.now !== undefined) renderNow();
  void follow();
});
