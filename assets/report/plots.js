// The page's plots: drawn when they come into view, redrawn when the width or the colour scheme changes.
/* global document, window, echarts, IntersectionObserver, ResizeObserver, matchMedia, getComputedStyle */
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const charts = new Map();
/** Called with every chart that is drawn. */
const chartListeners = [];
/** What hovering says, by a plot's kind of hover or by its identity. */
const hovers = {
  confusion: ({ value: [, , share, count] }) => escapeText(`${count} images, ${share} % of the class`),
};

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Everything that depends on the colour scheme. */
function theme() {
  const text = colour('--text');
  const soft = colour('--soft');
  const line = colour('--line');
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    axisLabel: { color: soft },
    nameTextStyle: { color: soft },
    splitLine: { lineStyle: { color: line, opacity: 0.6 } },
  };
  return {
    textStyle: { color: text, fontFamily: getComputedStyle(document.body).fontFamily },
    valueAxis: axis,
    logAxis: axis,
    timeAxis: axis,
    categoryAxis: axis,
    parallel: { itemStyle: { color: text } },
    legend: { textStyle: { color: text } },
    toolbox: { iconStyle: { borderColor: soft } },
    bar: { label: { color: text } },
  };
}

function tooltip(plot) {
  const look = {
    backgroundColor: colour('--page'),
    borderColor: colour('--line'),
    textStyle: { color: colour('--text') },
  };
  const formatter = hovers[plot.hover] ?? hovers[plot.id];
  // Confined, so that it stays on a phone's screen.
  return { confine: true, ...look, ...(formatter === undefined ? {} : { formatter }), ...plot.option.tooltip };
}

function escapeText(text) {
  const element = document.createElement('span');
  element.textContent = text;
  return element.innerHTML;
}

function draw(element) {
  const plot = data.plots.find(({ id }) => id === element.dataset.plot);
  const chart = echarts.init(element, theme());
  const option = { backgroundColor: 'transparent', ...plot.option, tooltip: tooltip(plot) };
  if (element.clientWidth < 500) option.toolbox = { show: false };
  if (option.xAxis !== undefined) option.xAxis = readable(option.xAxis);
  if (option.parallelAxis !== undefined) Object.assign(option, parallelStyle(option));
  chart.setOption(option);
  charts.set(element.dataset.plot, chart);
  for (const listen of chartListeners) listen(chart, plot, element.dataset.plot);
}

/** 1e-5 rather than 0.00001: powers of ten are read by their exponent. */
function readable(axis) {
  if (axis.type !== 'log') return axis;
  // Powers come out of logarithms a little off.
  const formatter = (value) => {
    const round = Number(value.toPrecision(6));
    return round < 0.001 || round >= 1e6 ? round.toExponential() : String(round);
  };
  return { ...axis, axisLabel: { ...axis.axisLabel, formatter } };
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Axes in the page's colours; the best lines are those that stand out from the background. */
function parallelStyle({ parallelAxis, visualMap }) {
  const { color } = visualMap.inRange;
  return {
    parallelAxis: parallelAxis.map((axis) => mergedAxis(axis)),
    visualMap: { ...visualMap, inRange: { color: dark.matches ? color.toReversed() : color } },
  };
}

function mergedAxis(axis) {
  const style = parallelAxisStyle();
  return readable({ ...style, ...axis, axisLabel: { ...style.axisLabel, ...axis.axisLabel } });
}

function parallelAxisStyle() {
  return {
    axisLine: { lineStyle: { color: colour('--soft') } },
    axisLabel: { color: colour('--text') },
    nameTextStyle: { color: colour('--text'), fontWeight: 600 },
    areaSelectStyle: { width: 22, borderColor: colour('--link'), color: colour('--link'), opacity: 0.25 },
  };
}

const elements = [...document.querySelectorAll('[data-plot]')];
const inView = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      inView.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: '600px' },
);
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) charts.get(target.dataset.plot)?.resize();
});
// Once the other scripts have added their listeners.
window.addEventListener('DOMContentLoaded', () => {
  for (const element of elements) {
    inView.observe(element);
    resized.observe(element);
  }
});

function redrawAll() {
  for (const element of elements) {
    const chart = charts.get(element.dataset.plot);
    if (chart === undefined) continue;
    chart.dispose();
    draw(element);
  }
}
dark.addEventListener('change', redrawAll);
// A printer gets every plot, also those that nobody has scrolled to, dark on white.
window.addEventListener('beforeprint', () => {
  redrawAll();
  for (const element of elements) if (!charts.has(element.dataset.plot)) draw(element);
});
window.addEventListener('afterprint', redrawAll);
