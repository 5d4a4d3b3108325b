// The entry `hpo/report`: reports and plots of a history, from code. See docs/report.md.
export { exportCsv } from './report/formats/csv.js';
export { exportOptuna } from './report/formats/optuna-journal.js';
export { type TensorBoardFiles, exportTensorBoard } from './report/formats/tensorboard.js';
export { plotPng, plotSvg } from './report/plot-file.js';
export { renderComparison } from './report/render-comparison.js';
export { renderReport } from './report/render-report.js';
export type {
  ParameterImportance,
  PartialDependence,
  PicturedMistake,
  ReportInput,
  ValueInterval,
} from './report/report-input.js';
