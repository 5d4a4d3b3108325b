// Serves studies as web pages that follow them: the report of each, kept up to date, and a list where there are several.
import { existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ReportInput } from '../report/report-input.js';
import { HpoError, messageOf } from '../study/errors.js';
import { plannedTrials } from '../study/planned-trials.js';
import { leaderOf, winnerOf } from '../controller/confirmation.js';
import { commandName } from '../system/command-name.js';
import { FileLock } from '../system/file-lock.js';
import { formatMetric } from '../system/format.js';
import { shortPath } from '../system/short-path.js';
import type { StudyState } from '../web/followed-study.js';
import { startWebServer } from '../web/server.js';
import { type ListedStudy, StudyList, type StudySummary } from '../web/study-list.js';
import { findRuns } from './files/find-runs.js';
import { type StudyPlace, isRun, locateStudy } from './files/locate-study.js';
import { finishedTrials, readRun } from './files/read-study.js';
import type { Messages } from './messages.js';
import { type WinnerParts, reportInputWith, winnerParts } from './report/report-input.js';

export interface ServeWebOptions extends Pick<Messages, 'onWarning'> {
  /** Where to listen: an address or a name of this machine. Default: 127.0.0.1, which only this machine reaches. */
  readonly host?: string | undefined;
  /** Default: 0, any that is free. */
  readonly port?: number | undefined;
}

export interface ServedWeb {
  /** What to open in a browser; whoever knows it sees the studies. Several where several addresses lead there. */
  readonly addresses: readonly string[];
  /** Whether other machines can reach it. */
  readonly isOpen: boolean;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/**
 * Serves until it is closed. Studies may begin, end, be deleted or damaged meanwhile: their pages say so.
 * @param studies study.json files, their folders, run folders, or folders with several runs below them.
 * @throws HpoError ERR_STUDY_NOT_FOUND; ERR_USAGE where nothing can listen there.
 */
export async function serveWeb(studies: readonly string[], options: ServeWebOptions = {}): Promise<ServedWeb> {
  const { host = LOOPBACK, port = 0, onWarning } = options;
  const sources = studies.map((text) => sourceOf(text, onWarning));
  const list = new StudyList(async () => (await Promise.all(sources.map((find) => find()))).flat());
  const isOpen = !isLoopback(host);
  const names = [...(isIP(host) === 0 ? [host] : []), ...(isOpen ? [hostname(), `${hostname()}.local`] : [])];
  const server = await startWebServer({ studies: list, host, port, names }).catch((error: unknown) => {
    list.close();
    throw error;
  });
  const addresses = shownHosts(host).map((one) => `http://${one}:${server.port}${server.path}`);
  return { addresses, isOpen, close: () => server.close() };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Under which names the server can be asked for. Of a server that listens everywhere: each address that others see, or this machine's own. */
function shownHosts(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [isIP(host) === 6 ? `[${host}]` : host];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  return others.length === 0 ? [LOOPBACK] : others.map(({ address }) => address);
}

type Find = () => Promise<ListedStudy[]>;

/** The study, or the studies, of what a person named. @throws HpoError ERR_STUDY_NOT_FOUND. */
function sourceOf(text: string, onWarning: Messages['onWarning']): Find {
  if (isFolder(text) && !isRun(text)) return sourceOfFolder(text, onWarning);
  const study = listed(locateStudy(text), text, onWarning);
  return async () => [study];
}

/** Every run below the folder, also those that come later, and the folder's own study, also if it has not begun. */
function sourceOfFolder(folder: string, onWarning: Messages['onWarning']): Find {
  const file = join(folder, 'study.json');
  const own = existsSync(file) ? [listed(locateStudy(file), file, onWarning)] : [];
  const found = new Map<string, ListedStudy>();
  return async () => {
    // Where the folder is gone, its studies stay: their pages say so.
    for (const { name, place } of await findRuns(folder).catch(() => [])) {
      if (!found.has(name)) found.set(name, listed(place, name, onWarning));
    }
    return [...own, ...found.values()];
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function listed(place: StudyPlace, label: string, onWarning: Messages['onWarning']): ListedStudy {
  const { layout, file } = place;
  return {
    label,
    command: `${commandName()} run ${shortPath(file ?? layout.root)}`,
    layout,
    inputOf: winnerRemembered(place, onWarning),
    summary: summaryRemembered(place, label),
  };
}

/** What is read of the winner's files is read again only when another epoch is gone with, or when it could not be read. */
function winnerRemembered(
  place: StudyPlace,
  onWarning: Messages['onWarning'],
): (state: StudyState) => Promise<ReportInput> {
  const warned = new Set<string>();
  let before: { readonly key: string; readonly parts: WinnerParts } | undefined;
  return async ({ record, history }) => {
    const { name, definition } = record;
    const study = { ...place, name, definition, record, history };
    const { number, best, folds } = winnerOf(history)?.trial ?? {};
    const key = [number, best?.epoch, folds?.length].join();
    if (before?.key === key) return reportInputWith(study, before.parts);
    const problems: string[] = [];
    const parts = await winnerParts(study, { onWarning: (message) => problems.push(message) });
    for (const message of problems.filter((one) => !warned.has(one))) {
      warned.add(message);
      onWarning?.(message);
    }
    before = problems.length === 0 ? { key, parts } : undefined;
    return reportInputWith(study, parts);
  };
}

const UNKNOWN = { trials: '', best: '' };

/** Read again only when the journal has changed, or when somebody else runs it. */
function summaryRemembered(place: StudyPlace, label: string): () => Promise<StudySummary> {
  const { journal, lock } = place.layout;
  let before: { readonly key: string; readonly summary: StudySummary } | undefined;
  return async () => {
    try {
      const { size, mtimeMs } = statSync(journal, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
      const key = [size, mtimeMs, FileLock.holder(lock)?.pid].join();
      if (before?.key === key) return before.summary;
      const summary = await summaryOf(place, label);
      before = { key, summary };
      return summary;
    } catch (error) {
      const what = error instanceof HpoError && error.code === 'ERR_JOURNAL_DAMAGED' ? 'damaged' : messageOf(error);
      return { name: label, state: what, ...UNKNOWN };
    }
  };
}

async function summaryOf(place: StudyPlace, label: string): Promise<StudySummary> {
  const study = await readRun(place);
  if (study === undefined) return { name: label, state: 'not begun', ...UNKNOWN };
  const { name, state, history, definition } = study;
  const value = leaderOf(history)?.trial.best?.value;
  return {
    name,
    state: state === 'open' ? 'not running' : state,
    trials: `${finishedTrials(history)} of ${plannedTrials(definition)}`,
    best: value === undefined ? '' : `${history.objective.metric} ${formatMetric(value)}`,
  };
}
