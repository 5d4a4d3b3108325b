// A single plot as a picture, drawn without a browser.
import { init } from 'echarts';
import sharp from 'sharp';
import { HpoError } from '../study/errors.js';
import { explained } from './explain.js';
import { allPlots } from './plots/all-plots.js';
import type { Plot } from './plots/plot.js';
import type { ReportInput } from './report-input.js';
import { hint } from '../system/nearest.js';

/** Width of a picture in pixels. */
const WIDTH = 1000;
/** Without quotes, which would have to be escaped within the picture. */
const FONT = 'Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif';

/**
 * The plot of this name as SVG.
 * @throws HpoError ERR_USAGE for a plot that there is not, or that the study has no data for yet.
 */
export function plotSvg(input: ReportInput, id: string, width = WIDTH): string {
  const plots = allPlots(explained(input));
  const plot = plots.find((one) => one.id === id);
  if (plot === undefined) {
    const names = plots.map((one) => one.id);
    const got = `got '${id}'${hint(id, names)}`;
    throw new HpoError('ERR_USAGE', `expected a plot of this study (${names.join(', ') || 'none yet'}), ${got}`);
  }
  return svgOf(plot, width);
}

/** The plot as PNG, in twice the pixels for sharp screens. Text needs a font of the system. */
export function plotPng(input: ReportInput, id: string, width = WIDTH): Promise<Uint8Array> {
  return rasterised(plotSvg(input, id, width));
}

/** As `plotPng`, of a plot that no study has. */
export function pngOf(plot: Plot, width = WIDTH): Promise<Uint8Array> {
  return rasterised(svgOf(plot, width));
}

function rasterised(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}

/** Narrower than this, captions do not fit. */
const LEAST_WIDTH = 720;
/** Room for the title and the caption above the plot. */
const HEADING = 52;

export function svgOf(plot: Plot, most = WIDTH): string {
  const width = Math.min(most, Math.max(LEAST_WIDTH, plot.mostWidth ?? most));
  const height = plot.height + HEADING;
  const chart = init(null, { textStyle: { fontFamily: FONT } }, { renderer: 'svg', ssr: true, width, height });
  try {
    const { toolbox: _, ...option } = readable(plot.option);
    const title = { text: plot.title, subtext: plot.caption, left: 0, top: 0, itemGap: 6 };
    chart.setOption({ backgroundColor: '#fff', animation: false, title, ...lowered(option) });
    return still(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** As the page writes the labels of axes with a log scale. */
function readable(option: Plot['option']): Plot['option'] {
  // Powers come out of logarithms a little off.
  const label = (value: number): string => {
    const round = Number(value.toPrecision(6));
    return round < 0.001 || round >= 1e6 ? round.toExponential() : String(round);
  };
  const axisOf = (axis: object): object => {
    if (!('type' in axis) || axis.type !== 'log') return axis;
    const { axisLabel = {} } = axis as { axisLabel?: object };
    return { ...axis, axisLabel: { ...axisLabel, formatter: label } };
  };
  const { xAxis, parallelAxis } = option;
  return {
    ...option,
    ...(xAxis === undefined || Array.isArray(xAxis) ? {} : { xAxis: axisOf(xAxis) }),
    ...(Array.isArray(parallelAxis) ? { parallelAxis: parallelAxis.map(axisOf) } : {}),
  };
}

/** Without what is for a mouse, and without numbers that differ from one drawing to the next. */
function still(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>\s*/, '')
    .replaceAll(/ class="zr[^"]*"/g, '')
    .replaceAll(/\bzr\d+-/g, '');
}

/** The parts that are placed from the top, so much lower. */
function lowered(option: Plot['option']): Plot['option'] {
  const parts = ['grid', 'legend', 'parallel'].flatMap((name) => {
    const part = option[name] as { readonly top?: number } | undefined;
    return part === undefined ? [] : [[name, { ...part, top: (part.top ?? 0) + HEADING }] as const];
  });
  return { ...option, ...Object.fromEntries(parts) };
}
