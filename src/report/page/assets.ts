// What a page carries with it: the plotting library, the page's own script and style.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const asset = (name: string): string => readFileSync(new URL(`../../../assets/${name}`, import.meta.url), 'utf8');
const own = (name: string): string => asset(`report/${name}`);

/** Apache ECharts as one script, its licence at its head. */
export function plottingLibrary(): string {
  return readFileSync(createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js'), 'utf8');
}

/** What every page of hpo shares. */
export function baseStyle(): string {
  return asset('page.css');
}

export function pageStyle(): string {
  return baseStyle() + own('report.css');
}

export function pageScript(): string {
  return ['plots.js', 'filter.js', 'trials.js', 'trial-card.js'].map(own).join('\n');
}

/** Of a page that is kept up to date. */
export function liveStyle(): string {
  return pageStyle() + own('live.css');
}

export function liveScript(): string {
  return [pageScript(), ...['apply-change.js', 'live.js', 'now.js'].map(own)].join('\n');
}
