// Checks the files of a run, line by line and file by file, and changes nothing.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { keptTrials } from '../controller/choice.js';
import { inspectJournal, type JournalInspection } from '../store/inspect-journal.js';
import { FileLock } from '../system/file-lock.js';
import { TrialFolders } from '../store/trial-folders.js';
import { messageOf } from '../study/errors.js';
import type { History } from '../study/history.js';
import { BEST_WEIGHTS, CHECKPOINT, readTrialWeights } from '../trainer/finetune/checkpoint.js';
import { readEvaluationFile } from '../trainer/evaluation.js';
import type { StudyPlace } from './files/locate-study.js';
import { neededModels } from './model/needed-models.js';
import { readRun } from './files/read-study.js';

export interface CheckedFile {
  /** Below the run's folder. */
  readonly file: string;
  /** unchecked: it has no checksum, or is of a trainer of the user's own. unneeded: damaged, but nothing reads it any more. */
  readonly state: 'whole' | 'damaged' | 'unneeded' | 'unchecked';
  readonly problem?: string;
}

export interface RunCheck {
  readonly journal: JournalInspection;
  /** What the events do not add up to; missing where they do. */
  readonly replay?: string;
  /** What the snapshot knows and the journal does not: lines at its end were lost. */
  readonly lost?: string;
  readonly files: readonly CheckedFile[];
  readonly isRunning: boolean;
  readonly isWhole: boolean;
}

export async function checkRun(place: StudyPlace): Promise<RunCheck> {
  const { layout } = place;
  const journal = await inspectJournal(layout.journal);
  const isRunning = FileLock.holder(layout.lock) !== undefined;
  let history: History | undefined;
  let keep: number | undefined;
  let doesNotFit: string | undefined;
  try {
    if (journal.problems.length === 0) {
      const run = await readRun(place);
      history = run?.history;
      keep = run === undefined ? undefined : keptTrials(run.definition.search);
    }
  } catch (error) {
    doesNotFit = messageOf(error);
  }
  const lost = history === undefined || isRunning ? undefined : await lostLines(layout.snapshot, history);
  const files = await checkTrials(layout.trials, history, keep);
  const isWhole =
    journal.problems.length === 0 &&
    doesNotFit === undefined &&
    lost === undefined &&
    files.every(({ state }) => state !== 'damaged');
  return {
    journal,
    ...(doesNotFit === undefined ? {} : { replay: doesNotFit }),
    ...(lost === undefined ? {} : { lost }),
    files,
    isRunning,
    isWhole,
  };
}

async function checkTrials(
  root: string,
  history: History | undefined,
  keep: number | undefined,
): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = [];
  const needed = new Set(history === undefined ? [] : neededModels(history, keep));
  // Where the history is not known, any file may be needed.
  const isOver = (trial: number): boolean => history?.trials[trial]?.outcome !== undefined;
  for (const trial of new TrialFolders(root).present().toSorted((a, b) => a - b)) {
    for (const name of (await readdir(join(root, String(trial)))).toSorted()) {
      if (name.endsWith('.tmp')) continue; // of a write that a kill cut off, or that is under way
      const path = join(root, String(trial), name);
      const { state, ...more } = await checkFile(path, name, trial);
      // Only a trial that goes on reads its checkpoint, and of the others only the models of the best are for anything.
      const isUnneeded = state === 'damaged' && isOver(trial) && (name === CHECKPOINT || !needed.has(trial));
      checked.push({ file: `trials/${trial}/${name}`, state: isUnneeded ? 'unneeded' : state, ...more });
    }
  }
  return checked;
}

async function checkFile(path: string, name: string, trial: number): Promise<Omit<CheckedFile, 'file'>> {
  try {
    if (name === 'best.json')
      return { state: (await readEvaluationFile(path, trial)).isChecked ? 'whole' : 'unchecked' };
    if (![CHECKPOINT, BEST_WEIGHTS].includes(name)) return { state: 'unchecked' };
    return { state: (await readTrialWeights(path, trial)).isChecked ? 'whole' : 'unchecked' };
  } catch (error) {
    return { state: 'damaged', problem: messageOf(error) };
  }
}

const snapshotSchema = z.object({
  trials: z.array(z.object({ number: z.int().min(0), epochs: z.number(), outcome: z.looseObject({}).nullable() })),
});

/** Where the snapshot is ahead of the journal. It is written after the journal, so on a whole disk it never is. */
async function lostLines(snapshot: string, { trials }: History): Promise<string | undefined> {
  try {
    const known = snapshotSchema.parse(JSON.parse(await readFile(snapshot, 'utf8')));
    for (const { number, epochs, outcome } of known.trials) {
      const trial = trials[number];
      if (trial === undefined) return `study.db.json knows trial ${number}, the journal does not`;
      if (epochs > trial.reports.length) {
        return `study.db.json knows epoch ${epochs} of trial ${number}, the journal ends at epoch ${trial.reports.length}`;
      }
      if (outcome !== null && trial.outcome === undefined) {
        return `study.db.json knows the outcome of trial ${number}, the journal does not`;
      }
    }
  } catch {
    // No snapshot, or none that can be read: it is only a copy.
  }
  return undefined;
}
