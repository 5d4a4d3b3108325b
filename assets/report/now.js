// What goes on in the study: how it stands, its slots and machines, the latest decisions, and the buttons.
/* global AbortSignal, document, location, fetch, data, openTrial */
'use strict';

const WORDS = {
  reading: 'reading',
  'not begun': 'not begun',
  running: 'running',
  paused: 'paused',
  finishing: 'finishing: nothing new starts',
  stopping: 'stopping',
  done: 'done',
  'not running': 'not running',
  gone: 'deleted or moved away',
  damaged: 'cannot be read',
};
/** More slots than this are folded away at first. */
const MOST_SLOTS = 12;

/** Whether the slots were unfolded because there are few, which a person may undo. */
let wereUnfolded = false;

function renderNow() {
  const { situation, progress, facts, problem, controls, why, lanes, machines, log } = data.now;
  const word = byId('situation');
  setText(word, WORDS[situation]);
  word.dataset.situation = situation;
  setText(
    byId('facts'),
    [...(progress === undefined ? [] : [progress.join(' of ') + ' trials']), ...facts].join(' · '),
  );
  renderProgress(progress);
  showText(byId('problem'), problem);
  if (situation === 'gone') showText(byId('problem'), 'The run’s folder is gone. The page shows what was read last.');
  showText(byId('why'), why);
  renderControls(controls);
  renderMachines(machines);
  renderLanes(lanes);
  renderLog(log);
  document.title = `${WORDS[situation].split(':')[0]} · ${data.title}`;
}

function byId(id) {
  return document.getElementById(id);
}

/** An element that says the same is left alone: a screen reader would say it again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a text, or nothing. */
function showText(element, text) {
  element.hidden = text === undefined;
  setText(element, text ?? '');
}

function renderProgress(progress) {
  const bar = byId('progress');
  bar.hidden = progress === undefined;
  if (progress === undefined) return;
  bar.max = Math.max(1, progress[1]);
  bar.value = progress[0];
}

function renderControls(controls) {
  byId('controls').hidden = controls === undefined;
  if (controls === undefined) return;
  const hold = byId('hold');
  setText(hold, controls.paused ? 'resume' : 'pause');
  hold.disabled = !controls.mayPause;
  byId('finish').disabled = !controls.mayFinish;
}

function renderMachines(machines) {
  const place = byId('machines');
  place.hidden = machines.length === 0;
  const lines = machines.map(({ name, lanes, busy }) => {
    const line = document.createElement('span');
    line.textContent = `${name}: ${busy} of ${lanes} slots busy`;
    return line;
  });
  place.replaceChildren(...lines);
}

function renderLanes(lanes) {
  const place = byId('slots');
  place.hidden = lanes.length === 0;
  const busy = lanes.filter(({ trial }) => trial !== undefined).length;
  setText(place.querySelector('summary'), `Slots: ${busy} of ${lanes.length} busy`);
  if (!wereUnfolded && lanes.length > 0 && lanes.length <= MOST_SLOTS) place.open = wereUnfolded = true;
  const body = place.querySelector('tbody');
  while (body.rows.length > lanes.length) body.deleteRow(-1);
  while (body.rows.length < lanes.length) body.append(newLane());
  lanes.forEach((lane, i) => renderLane(body.rows[i], lane));
  hideEmptyColumns(place.querySelector('table'));
}

function newLane() {
  const row = document.createElement('tr');
  row.innerHTML =
    '<th scope="row"></th><td><button type="button"></button></td><td><button type="button" class="prune">prune</button></td><td></td><td><meter min="0" max="1"></meter></td><td></td><td></td><td></td><td></td>';
  return row;
}

/** Rows stay and their texts change, so that a button is where it was when it is pressed. */
function renderLane(row, lane) {
  const { device, trial, what, epochs = '', share, value = '', speed = '', load = '', memory = '' } = lane;
  const [where, number, act, epoch, bar, ...rest] = row.cells;
  setText(where, device);
  const open = number.querySelector('button');
  setText(open, trial === undefined ? 'idle' : String(trial));
  open.disabled = trial === undefined;
  open.title = what ?? '';
  open.dataset.trial = trial ?? '';
  const prune = act.querySelector('button');
  prune.hidden = trial === undefined || data.now.controls === undefined;
  prune.dataset.trial = trial ?? '';
  prune.setAttribute('aria-label', `prune trial ${trial ?? ''}`);
  setText(epoch, epochs);
  const meter = bar.querySelector('meter');
  meter.hidden = share === undefined;
  meter.value = share ?? 0;
  meter.setAttribute('aria-label', trial === undefined ? 'idle' : `progress of trial ${trial}`);
  [value, speed, load, memory].forEach((text, i) => setText(rest[i], text));
}

/** A column in which no slot has anything takes no room. */
function hideEmptyColumns(table) {
  const rows = [...table.tBodies[0].rows];
  [...table.tHead.rows[0].cells].forEach((head, i) => {
    const isEmpty = rows.every(({ cells }) => cells[i].textContent === '' && cells[i].querySelector('meter') === null);
    for (const cell of [head, ...rows.map(({ cells }) => cells[i])]) cell.hidden = isEmpty;
  });
}

function renderLog(log) {
  const place = byId('log');
  place.hidden = log.length === 0;
  const texts = log.map(([at, text]) => `${new Date(at).toLocaleTimeString()} ${text}`);
  const list = place.querySelector('ul');
  if ([...list.children].map((item) => item.textContent).join('\n') === texts.join('\n')) return;
  list.replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }),
  );
}

/** Milliseconds in which a study that runs says what came of a command. */
const LONGEST_COMMAND = 25_000;

/** Asks the study for something, and says what came of it. */
async function command(what, done) {
  const place = byId('told');
  place.textContent = 'asking …';
  try {
    // The address of the page begins with the token; another site's page can neither read it nor set the header.
    const headers = { 'content-type': 'application/json', 'x-hpo-token': location.pathname.split('/')[1] };
    const signal = AbortSignal.timeout(LONGEST_COMMAND);
    const response = await fetch('command', { method: 'POST', headers, body: JSON.stringify(what), signal });
    place.textContent = response.ok ? done : await response.text();
  } catch {
    place.textContent = 'hpo watch does not answer';
  }
}

/** Resolves to whether a person says yes. */
function confirmed(question) {
  const dialog = byId('ask');
  byId('question').textContent = question;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.querySelector('form').onsubmit = ({ submitter }) => resolve(submitter.value === 'yes');
    dialog.oncancel = () => resolve(false);
  });
}

async function prune(trial) {
  if (await confirmed(`Prune trial ${trial}? It ends at its next report and counts as pruned.`))
    await command({ do: 'prune', trial }, `trial ${trial} ends at its next report`);
}

async function finish() {
  if (await confirmed('Finish the study? Nothing new starts; running trials come to their end.'))
    await command({ do: 'finish' }, 'nothing new starts');
}

if (data.now !== undefined) {
  byId('hold').addEventListener('click', () => {
    if (data.now.controls?.paused === true) void command({ do: 'resume' }, 'resumed');
    else void command({ do: 'pause' }, 'paused: running trials wait at their next report');
  });
  byId('finish').addEventListener('click', () => void finish());
  byId('slots').addEventListener('click', ({ target }) => {
    const { trial = '' } = target.closest('button')?.dataset ?? {};
    if (trial === '') return;
    if (target.matches('.prune')) void prune(Number(trial));
    else openTrial(Number(trial));
  });
}
