// The card of a trial: how it went, its parameters, and its curve beside that of the best.
/* global document, data, echarts, theme, tooltip, recoloured, isDark, escapeText, dark, FIRST_PARAMETER, REASON */
'use strict';

let cardChart;
let cardTrial;

function openTrial(number) {
  const trials = data.trials;
  const row = trials?.rows[number];
  if (row === undefined) return;
  const text = trials.texts[number];
  const card = document.getElementById('trial-card');
  const pairs = trials.parameters.map(
    (name, i) => `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(text[FIRST_PARAMETER + i])}</td></tr>`,
  );
  const seconds = row[5] === null ? '' : ` · ${text[5]}`;
  const value = row[2] === null ? 'no value' : `${trials.metric} ${text[2]} at epoch ${text[3]} of ${text[4]}`;
  const hasCurve = typeof echarts !== 'undefined' && trials.curves[number].some((one) => one !== null);
  const curve = hasCurve
    ? `<div id="trial-curve" role="img" aria-label="${escapeText(`${trials.metric} by epoch of trial ${number}`)}"></div>`
    : '';
  card.innerHTML = `<h2 id="trial-title">Trial ${number} · ${escapeText(row[1])}</h2><p>${escapeText(value + seconds)}</p><p>${escapeText(row[REASON])}</p>${curve}<table class="pairs">${pairs.join('')}</table><form method="dialog"><button>close</button></form>`;
  if (!card.open) card.showModal();
  cardTrial = number;
  if (hasCurve) drawCurve(number);
}

function drawCurve(number) {
  const { metric, curves, best } = data.trials;
  const others = best === undefined || best === number ? [] : [best];
  const { colours } = data;
  const line = (trial, colour, type) => ({
    name: `trial ${trial}${trial === best ? ' (best)' : ''}`,
    type: 'line',
    symbol: 'circle',
    symbolSize: 5,
    lineStyle: { color: colour, width: 2, type },
    itemStyle: { color: colour },
    data: curves[trial].map((value, i) => [i + 1, value]),
  });
  const series = [
    ...others.map((trial) => line(trial, colours.best, 'dashed')),
    line(number, best === number ? colours.best : colours.completed, 'solid'),
  ];
  const epochs = Math.max(2, ...series.map((one) => one.data.length));
  const axis = { nameLocation: 'middle', nameGap: 10, nameMoveOverlap: true };
  const option = {
    animation: false,
    backgroundColor: 'transparent',
    grid: { left: 8, right: 18, top: 34, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    legend: { type: 'scroll', top: 0, left: 0 },
    xAxis: { ...axis, type: 'value', name: 'epoch', min: 1, max: epochs, minInterval: 1 },
    yAxis: { ...axis, type: 'value', name: metric, scale: true },
    series,
  };
  const shown = isDark() ? recolouredSeries(option) : option;
  cardChart?.dispose();
  cardChart = echarts.init(document.getElementById('trial-curve'), theme());
  cardChart.setOption({ ...shown, tooltip: tooltip({ id: 'trial-curve', option: { tooltip: { trigger: 'axis' } } }) });
}

function recolouredSeries(option) {
  return { ...option, series: option.series.map((one) => recoloured(one)) };
}

if (data.trials !== undefined) {
  document.getElementById('trial-card').addEventListener('close', () => {
    cardChart?.dispose();
    cardChart = undefined;
  });
  dark.addEventListener('change', () => {
    if (cardChart !== undefined) drawCurve(cardTrial);
  });
}
