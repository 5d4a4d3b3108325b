// A report of a study: a page to read, a plot, or a file for other tools.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HpoError } from '../study/errors.js';
import { type StudyView, readStudy } from './files/read-study.js';
import type { Messages } from './messages.js';
import { reportInputOf } from './report/report-input.js';

export const REPORT_FORMATS = ['html', 'svg', 'png', 'csv', 'optuna', 'tensorboard'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportOptions extends Pick<Messages, 'onWarning'> {
  /** Default: html. */
  readonly format?: ReportFormat | undefined;
  /** svg, png: which plot, such as history, importance, curves, slice-<parameter>. */
  readonly plot?: string | undefined;
  /** html: these studies beside the first on one page. */
  readonly compare?: readonly string[] | undefined;
}

export interface WriteReportOptions extends ReportOptions {
  /** A file, or of tensorboard a folder. Default: report.html in the run's folder; other formats need one. */
  readonly out?: string | undefined;
}

/** Contents by path; those of a single file have the path ''. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;

/**
 * Makes a report of a study and writes it.
 * @param study a study.json, its folder, or a run; it may be running.
 * @returns the absolute path of what was written.
 * @throws HpoError ERR_STUDY_NOT_FOUND, ERR_USAGE where the options do not go together.
 */
export async function writeReport(study: string, options: WriteReportOptions = {}): Promise<string> {
  const { format = 'html', out } = options;
  checkOptions(options);
  if (format !== 'html' && out === undefined) {
    throw new HpoError('ERR_USAGE', `expected a place to write format ${format} to, got no --out`);
  }
  const view = await readStudy(study);
  const target = resolve(out ?? join(view.layout.root, 'report.html'));
  for (const [path, content] of await filesOf(view, options)) {
    const file = resolve(target, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return target;
}

/** Makes a report of a study and writes nothing. @throws HpoError as `writeReport`. */
export async function createReport(study: string, options: ReportOptions = {}): Promise<ReportFiles> {
  return filesOf(await readStudy(study), options);
}

/** Each format's own code is loaded only for it. */
async function filesOf(study: StudyView, options: ReportOptions): Promise<ReportFiles> {
  const { format = 'html', plot = '', compare = [], onWarning } = options;
  checkOptions(options);
  const inputOf = (one: StudyView): ReturnType<typeof reportInputOf> => reportInputOf(one, { onWarning });
  const { name, definition, history, events } = study;
  const single = (content: string | Uint8Array): ReportFiles => new Map([['', content]]);
  switch (format) {
    case 'html': {
      if (compare.length > 0) {
        const { renderComparison } = await import('../report/render-comparison.js');
        const others = await Promise.all(compare.map(readStudy));
        return single(renderComparison(await Promise.all([study, ...others].map(inputOf)), Date.now()));
      }
      const { renderReport } = await import('../report/render-report.js');
      return single(renderReport(await inputOf(study)));
    }
    case 'svg': {
      const { plotSvg } = await import('../report/plot-file.js');
      return single(plotSvg(await inputOf(study), plot));
    }
    case 'png': {
      const { plotPng } = await import('../report/plot-file.js');
      return single(await plotPng(await inputOf(study), plot));
    }
    case 'csv': {
      const { exportCsv } = await import('../report/formats/csv.js');
      return single(exportCsv(definition, history));
    }
    case 'optuna': {
      const { exportOptuna } = await import('../report/formats/optuna-journal.js');
      return single(exportOptuna(events));
    }
    case 'tensorboard': {
      const { exportTensorBoard } = await import('../report/formats/tensorboard.js');
      return exportTensorBoard(name, definition, history);
    }
  }
}

function checkOptions({ format = 'html', plot, compare }: ReportOptions): void {
  const isPlot = format === 'svg' || format === 'png';
  if (isPlot && plot === undefined) throw new HpoError('ERR_USAGE', `expected a plot for format ${format}, got none`);
  if (!isPlot && plot !== undefined) {
    throw new HpoError('ERR_USAGE', `expected format svg or png for a plot, got ${format}`);
  }
  if (format !== 'html' && compare !== undefined) {
    throw new HpoError('ERR_USAGE', `expected format html to compare, got ${format}`);
  }
}
