// Writes a report of a study in the format that is asked for.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import type { ReportOptions } from '../commands/report.js';
import { type StudyView, readStudy } from '../read-study.js';
import { shortPath } from '../short-path.js';
import type { Outlet } from '../terminal.js';
import { reportInputOf } from './report-input.js';

/** Files by path; those of a single file have the path ''. */
type Files = ReadonlyMap<string, string | Uint8Array>;

/** @throws HpoError ERR_STUDY_NOT_FOUND, ERR_USAGE. */
export async function executeReport({ terminal }: Cli, text: string, options: ReportOptions): Promise<void> {
  checkOptions(options);
  const study = await readStudy(text);
  const out = options.out ?? (options.format === 'html' ? join(study.layout.root, 'report.html') : undefined);
  const files = await render(study, options, terminal.err);
  if (out === undefined) {
    for (const content of files.values()) terminal.out.line(String(content).replace(/\n$/, ''));
    return;
  }
  for (const [path, content] of files) {
    const file = resolve(out, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  terminal.out.line(shortPath(resolve(out)));
}

function checkOptions({ format, plot, compare, out }: ReportOptions): void {
  const wrong = (message: string): HpoError => new HpoError('ERR_USAGE', message);
  const isPlot = format === 'svg' || format === 'png';
  if (isPlot && plot === undefined) throw wrong(`expected --plot with --format ${format}, got none`);
  if (!isPlot && plot !== undefined) throw wrong(`expected --format svg or png with --plot, got ${format}`);
  if (format !== 'html' && compare !== undefined) throw wrong(`expected --format html with --compare, got ${format}`);
  if ((format === 'png' || format === 'tensorboard') && out === undefined) {
    throw wrong(`expected --out with --format ${format}, got none`);
  }
}

/** Each format's own code is loaded only for it. */
async function render(
  study: StudyView,
  { format, plot = '', compare = [] }: ReportOptions,
  progress: Outlet,
): Promise<Files> {
  const inputOf = (one: StudyView): ReturnType<typeof reportInputOf> => reportInputOf(one, progress);
  const { name, definition, history, events } = study;
  const single = (content: string | Uint8Array): Files => new Map([['', content]]);
  switch (format) {
    case 'html': {
      if (compare.length > 0) {
        const { renderComparison } = await import('../../report/render-comparison.js');
        const others = await Promise.all(compare.map(readStudy));
        return single(renderComparison(await Promise.all([study, ...others].map(inputOf)), Date.now()));
      }
      const { renderReport } = await import('../../report/render-report.js');
      return single(renderReport(await inputOf(study)));
    }
    case 'svg': {
      const { plotSvg } = await import('../../report/plot-file.js');
      return single(plotSvg(await inputOf(study), plot));
    }
    case 'png': {
      const { plotPng } = await import('../../report/plot-file.js');
      return single(await plotPng(await inputOf(study), plot));
    }
    case 'csv': {
      const { exportCsv } = await import('../../report/formats/csv.js');
      return single(exportCsv(definition, history));
    }
    case 'optuna': {
      const { exportOptuna } = await import('../../report/formats/optuna-journal.js');
      return single(exportOptuna(events));
    }
    case 'tensorboard': {
      const { exportTensorBoard } = await import('../../report/formats/tensorboard.js');
      return exportTensorBoard(name, definition, history);
    }
  }
}
