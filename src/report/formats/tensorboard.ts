// A study as TensorBoard event files: a run for each trial, and the HParams plugin's tables over all of them.
import type { Domain, Scalar } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { History } from '../../study/history.js';
import { type Trial, bestReportOf, isOfSearch } from '../../study/trial.js';
import { encodeMessage } from './tensorboard-messages.js';
import { tfRecord } from './tf-record.js';

/** Event files by path, relative to the log directory. */
export type TensorBoardFiles = ReadonlyMap<string, Uint8Array>;

const PLUGIN = 'hparams';
/** DataType of the HParams plugin. */
const DATA_TYPE = { string: 1, boolean: 2, number: 3 } as const;
/** Status of the HParams plugin. */
const STATUS = { success: 1, failure: 2, running: 3 } as const;
const FLOAT = 1;

/** What a trial's run is called. */
const FOLDERS = {
  sampler: 'trial',
  enqueued: 'trial',
  confirmation: 'repeat',
  baseline: 'from-scratch',
  fold: 'fold',
} as const;

/** One folder for each trial, and the experiment beside them. */
export function exportTensorBoard(name: string, definition: StudyDefinition, history: History): TensorBoardFiles {
  const created = history.trials[0]?.askedAt ?? 0;
  const digits = String(Math.max(0, history.trials.length - 1)).length;
  const files = new Map([
    [fileName('', created), eventFile(created, [experiment(name, definition, history, created)])],
  ]);
  for (const trial of history.trials) {
    const folder = `${FOLDERS[trial.source]}-${String(trial.number).padStart(digits, '0')}/`;
    files.set(fileName(folder, trial.askedAt), eventFile(trial.askedAt, trialEvents(trial)));
  }
  return files;
}

interface Summary {
  readonly at: number;
  readonly step: number;
  readonly values: readonly object[];
}

function fileName(folder: string, at: number): string {
  return `${folder}events.out.tfevents.${String(Math.floor(at / 1000)).padStart(10, '0')}.hpo`;
}

function eventFile(began: number, summaries: readonly Summary[]): Uint8Array {
  const first = encodeMessage('Event', { wallTime: began / 1000, fileVersion: 'brain.Event:2' });
  const events = summaries.map(({ at, step, values }) =>
    encodeMessage('Event', { wallTime: at / 1000, step, summary: { value: values } }),
  );
  return Buffer.concat([first, ...events].map(tfRecord));
}

function trialEvents(trial: Trial): Summary[] {
  const { parameters, number, askedAt, startedAt, endedAt, outcome } = trial;
  const hparams = Object.entries(parameters).map(([key, value]) => ({ key, value: protoValue(value) }));
  const start = { hparams, groupName: `trial ${number}`, startTimeSecs: (startedAt ?? askedAt) / 1000 };
  const status = outcome === undefined ? STATUS.running : outcome.status === 'failed' ? STATUS.failure : STATUS.success;
  const end = { status, endTimeSecs: (endedAt ?? askedAt) / 1000 };
  let at = startedAt ?? askedAt;
  // Folds, repeats and the baseline have curves; in the table of hyperparameters they would pass for trials of the search.
  const inTable = (summary: Summary): Summary[] => (isOfSearch(trial) ? [summary] : []);
  return [
    ...inTable(pluginSummary('_hparams_/session_start_info', { sessionStartInfo: start }, at)),
    ...trial.reports.map(({ epoch, metrics, seconds = 0 }) => {
      at += seconds * 1000;
      return { at, step: epoch, values: Object.entries(metrics).map(([tag, simpleValue]) => ({ tag, simpleValue })) };
    }),
    ...(trial.best === undefined ? [] : [bestSummary(trial, endedAt ?? at)]),
    ...inTable(pluginSummary('_hparams_/session_end_info', { sessionEndInfo: end }, endedAt ?? at)),
  ];
}

/** The HParams table shows a run's last value of a metric; what counts is the best epoch's, so it gets a tag of its own. */
function bestSummary(trial: Trial, at: number): Summary {
  const metrics = bestReportOf(trial)?.metrics ?? {};
  const values = Object.entries(metrics).map(([name, simpleValue]) => ({ tag: bestTag(name), simpleValue }));
  return { at, step: trial.best?.epoch ?? 0, values };
}

function bestTag(metric: string): string {
  return `best/${metric}`;
}

function experiment(name: string, { space, objective }: StudyDefinition, history: History, at: number): Summary {
  const metrics = new Set([objective.metric, ...Object.keys(history.best?.reports[0]?.metrics ?? {})]);
  const content = {
    name,
    timeCreatedSecs: at / 1000,
    hparamInfos: Object.entries(space).map(([parameter, domain]) => ({ name: parameter, ...domainInfo(domain) })),
    metricInfos: [...metrics].map((metric) => ({ name: { group: '', tag: bestTag(metric) }, displayName: metric })),
  };
  return pluginSummary('_hparams_/experiment', { experiment: content }, at);
}

function domainInfo(domain: Domain): object {
  if (domain.type !== 'choice') {
    return { type: DATA_TYPE.number, domainInterval: { minValue: domain.min, maxValue: domain.max } };
  }
  const kinds = new Set(domain.values.map((value) => typeof value));
  const [kind] = [...kinds] as (keyof typeof DATA_TYPE)[];
  if (kinds.size !== 1 || kind === undefined) return {};
  return { type: DATA_TYPE[kind], domainDiscrete: { values: domain.values.map(protoValue) } };
}

function protoValue(value: Scalar): object {
  if (typeof value === 'number') return { numberValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { stringValue: value };
}

function pluginSummary(tag: string, content: object, at: number): Summary {
  const data = encodeMessage('HParamsPluginData', { version: 0, ...content });
  // TensorBoard drops values without a tensor; this one says nothing.
  const tensor = { dtype: FLOAT, tensorShape: { dim: [{ size: 1 }] }, floatVal: [0] };
  return { at, step: 0, values: [{ tag, tensor, metadata: { pluginData: { pluginName: PLUGIN, content: data } } }] };
}
