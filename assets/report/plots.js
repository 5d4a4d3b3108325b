// The page's plots: drawn when they come into view, redrawn when the width or the colour scheme changes, and for paper.
/* global document, window, echarts, IntersectionObserver, ResizeObserver, matchMedia, getComputedStyle */
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const charts = new Map();
/** Called with every chart that is drawn. */
const chartListeners = [];
/** Called with true before the page is printed, with false afterwards. */
const printListeners = [];
/** What hovering says, by a plot's kind of hover or by its identity. */
const hovers = {
  confusion: ({ value: [, , , count, share] }) => escapeText(`${count} images, ${share} of the class`),
  importance: ({ name, data: { label } }) => escapeText(`${name}: ${label.formatter}`),
};

const dark = matchMedia('(prefers-color-scheme: dark)');
const paper = matchMedia('print');
/** Pixels that fit beside the margins of A4 and of US Letter. */
const PAPER_WIDTH = 690;
/** A plot that needs more than this is drawn narrower than it would like, so that its text is not too small when it is fitted. */
const WIDEST_ON_PAPER = 1.5 * PAPER_WIDTH;
let isPrinting = false;

/** Paper is light, whatever the screen is. */
function isDark() {
  return dark.matches && !isPrinting;
}

/** An option's colours as a dark page shows them. Items of data have none of their own. */
function recoloured(value, key) {
  if (typeof value === 'string') return data.darkColours[value] ?? value;
  if (value === null || typeof value !== 'object' || key === 'data') return value;
  if (Array.isArray(value)) return value.map((one) => recoloured(one));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, recoloured(one, name)]));
}

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
    legend: { textStyle: { color: text }, pageIconColor: soft, pageTextStyle: { color: soft } },
    visualMap: { textStyle: { color: soft } },
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
  return {
    confine: true,
    valueFormatter: metricText,
    ...look,
    ...(formatter === undefined ? {} : { formatter }),
    ...plot.option.tooltip,
  };
}

/** A metric as every other place prints it: see formatMetric in src/system/format.ts. */
function metricText(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return String(Number(value.toPrecision(4)));
  if (size >= 1e6) return value.toExponential(3).replace('e+', 'e');
  const text = value.toFixed(size >= 10_000 ? 0 : size >= 100 ? 1 : 4);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

function escapeText(text) {
  const element = document.createElement('span');
  element.textContent = text;
  return element.innerHTML;
}

function draw(element) {
  const chart = echarts.init(element, theme());
  const plot = plotOf(element);
  chart.setOption(optionOf(plot, element.clientWidth < 500));
  charts.set(element.dataset.plot, chart);
  for (const listen of chartListeners) listen(chart, plot, element.dataset.plot);
}

function plotOf({ dataset }) {
  return { id: dataset.plot, ...data.plots[dataset.plot] };
}

/** @param isPlain without the tools that need a mouse and some room. */
function optionOf(plot, isPlain) {
  const shown = isDark() ? recoloured(plot.option) : plot.option;
  // Nothing fades in: whoever looks, prints or takes a picture has the whole plot.
  const option = { backgroundColor: 'transparent', animation: false, ...shown, tooltip: tooltip(plot) };
  if (isPlain) option.toolbox = { show: false };
  if (option.xAxis !== undefined) option.xAxis = readable(option.xAxis);
  if (option.parallelAxis !== undefined) Object.assign(option, parallelStyle(option));
  return option;
}

/** The plot as one picture, in the place of the one on the screen. The style sheet fits it to the width of the paper. */
function drawOnPaper(element) {
  charts.get(element.dataset.plot)?.dispose();
  const chart = echarts.init(element, theme(), paperSize(element));
  chart.setOption(optionOf(plotOf(element), true));
  const picture = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: '#fff' });
  chart.dispose();
  picture.removeAttribute('style'); // ECharts places it absolutely
  element.replaceChildren(picture);
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

/** The size that a plot is drawn in for paper. */
function paperSize({ style, dataset }) {
  const [least, most] = [parseInt(style.minWidth) || 0, parseInt(style.maxWidth) || Infinity];
  const width = dataset.small === undefined ? PAPER_WIDTH : PAPER_WIDTH / 2;
  return { width: Math.min(most, WIDEST_ON_PAPER, Math.max(least, width)), height: parseInt(style.height) };
}

/** Axes in the page's colours. */
function parallelStyle({ parallelAxis }) {
  return { parallelAxis: parallelAxis.map((axis) => mergedAxis(axis)) };
}

function mergedAxis(axis) {
  const style = parallelAxisStyle();
  return readable({ ...style, ...axis, axisLabel: { ...style.axisLabel, ...axis.axisLabel } });
}

function parallelAxisStyle() {
  return {
    axisLine: { lineStyle: { color: colour('--soft') } },
    // Lines run behind the labels.
    axisLabel: { color: colour('--text'), textBorderColor: colour('--page'), textBorderWidth: 3 },
    nameTextStyle: { color: colour('--text'), fontWeight: 600 },
    areaSelectStyle: { width: 22, borderColor: colour('--link'), color: colour('--link'), opacity: 0.25 },
  };
}

/** The places of plots on the page. */
let elements = [];
const inView = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || isPrinting) continue;
      inView.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: '600px' },
);
const resized = new ResizeObserver((entries) => {
  if (!isPrinting) for (const { target } of entries) charts.get(target.dataset.plot)?.resize();
});

/** Looks for places of plots: what is new is drawn once it comes into view, and what is gone is forgotten. */
function findPlots() {
  if (typeof echarts === 'undefined') return; // the library is still on its way
  const found = [...document.querySelectorAll('[data-plot]')];
  for (const element of elements.filter((one) => !found.includes(one))) {
    inView.unobserve(element);
    resized.unobserve(element);
    const { plot } = element.dataset;
    if (charts.get(plot)?.getDom() !== element) continue;
    charts.get(plot).dispose();
    charts.delete(plot);
  }
  for (const element of found.filter((one) => !elements.includes(one))) {
    inView.observe(element);
    resized.observe(element);
  }
  elements = found;
}
// Once the other scripts have added their listeners.
for (const event of ['DOMContentLoaded', 'load']) window.addEventListener(event, findPlots);

function redrawAll() {
  for (const element of elements) {
    const chart = charts.get(element.dataset.plot);
    if (chart === undefined) continue;
    chart.dispose();
    draw(element);
  }
}
dark.addEventListener('change', redrawAll);

/** A printer gets every plot, also those that nobody has scrolled to, and every table in the width of the paper. */
function print() {
  if (isPrinting) return;
  isPrinting = true;
  document.documentElement.dataset.paper = '';
  for (const listen of printListeners) listen(true);
  for (const table of document.querySelectorAll('.scroll > table')) table.style.setProperty('--fit', fitOf(table));
  elements.forEach(drawOnPaper);
}

function leavePaper() {
  if (!isPrinting) return;
  isPrinting = false;
  delete document.documentElement.dataset.paper;
  for (const listen of printListeners) listen(false);
  for (const element of elements) {
    element.replaceChildren();
    if (charts.has(element.dataset.plot)) draw(element);
    else observeAnew(element);
  }
}

/** Tells again whether it is in view, also where it has been all the time. */
function observeAnew(element) {
  inView.unobserve(element);
  inView.observe(element);
}

/** The share of a table's size at which its least width fits on paper. */
function fitOf(table) {
  const { width } = table.style;
  table.style.width = 'min-content';
  const fit = Math.min(1, PAPER_WIDTH / table.offsetWidth);
  table.style.width = width;
  return fit;
}

window.addEventListener('beforeprint', print);
window.addEventListener('afterprint', leavePaper);
// Tools that print without the events, and those that only show how it would look.
paper.addEventListener('change', () => (paper.matches ? print() : leavePaper()));

/** A part that scrolls is reached by the keyboard; one that does not is no stop on the way. */
const scrolls = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const region = target.closest('.scroll, pre');
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute('tabindex');
  }
});
function watchScrolling() {
  scrolls.disconnect();
  for (const region of document.querySelectorAll('.scroll, pre')) {
    scrolls.observe(region);
    for (const child of region.children) scrolls.observe(child);
  }
}
watchScrolling();
