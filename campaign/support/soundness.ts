// What holds of a run whatever disturbed it and whoever ended first: no trial is lost or told twice, and each was trained as it should be.
import { isDeepStrictEqual } from 'node:util';
import { isOver } from '../../src/controller/is-over.js';
import { seedOf } from '../../src/controller/confirmation.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import type { RunLayout } from '../../src/store/run-layout.js';
import { trialSeed } from '../../src/study/command/command-line.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { History } from '../../src/study/history.js';
import { plannedTrials } from '../../src/study/planned-trials.js';
import type { StudyDefinition } from '../../src/study/schema/parse-study.js';
import { isCommand } from '../../src/study/schema/trainer-schema.js';
import type { Report, Trial } from '../../src/study/trial.js';
import { Finding } from '../check.js';
import type * as trainer from './checkpointing-trainer.mjs';
import { TRAINERS } from './kinds.js';
import type { Variant } from './studies.js';

/** @throws Finding where a finished run is not what any run of the study is. */
export async function expectSound({ journal }: RunLayout, { kind }: Variant, what: string): Promise<void> {
  const events = await readJournal(journal);
  const [first] = events;
  if (first?.type !== 'created') throw new Finding(`expected the journal to begin with the study: ${what}`);
  const { definition } = first.study;
  const history = replay(events, definition.objective);
  expectToldOnce(events, history, what);
  const { confirm } = definition.search;
  if (!isOver(history, { trials: plannedTrials(definition), confirm }, false)) {
    throw new Finding(`expected a study without anything left to do, got ${JSON.stringify(history.counts)}: ${what}`);
  }
  expectFolds(history, what);
  if (kind.isOwn) await expectTrained(history, definition, what);
}

function expectToldOnce(events: readonly TrialEvent[], { trials }: History, what: string): void {
  const told = events.flatMap((event) => (event.type === 'told' ? [event.trial] : []));
  if (told.length === trials.length && new Set(told).size === trials.length) return;
  throw new Finding(`expected ${trials.length} trials to be told once each, got ${told.join(', ')}: ${what}`);
}

/** A fold is trained once, and a completed trial has all of them. */
function expectFolds({ trials, folds }: History, what: string): void {
  const places = trials.flatMap(({ fold }) => (fold === undefined ? [] : [`${fold.index} of ${fold.of}`]));
  if (new Set(places).size !== places.length) {
    throw new Finding(`expected each fold once, got ${places.join(', ')}: ${what}`);
  }
  for (const { number, state, source, folds: ended } of trials) {
    if (folds === 1 || state !== 'completed' || source === 'fold' || ended?.length === folds) continue;
    throw new Finding(`expected ${folds} folds of the completed trial ${number}, got ${ended?.length ?? 0}: ${what}`);
  }
}

/** Every report is the one that the campaign's own trainer gives for that trial and epoch when nothing disturbs it. */
async function expectTrained(
  history: History,
  { search, trainer: own, validation }: StudyDefinition,
  what: string,
): Promise<void> {
  const { beginningOf, afterEpoch } = (await import(TRAINERS['train.mjs'])) as typeof trainer;
  const { folds } = validation ?? { folds: 1 };
  for (const trial of history.trials) {
    const seed = seedOf(trial, history, search.seed);
    const assignment = {
      ...{ trial: trial.number, parameters: trial.parameters, directory: '' },
      seed: isCommand(own) ? trialSeed(seed, trial.number) : seed,
      fold: { part: (trial.fold?.index ?? 0) % folds },
    };
    let before = beginningOf(assignment);
    for (const report of trial.reports) {
      const after = afterEpoch(before, assignment);
      expectReport(trial, report, after.report, what);
      before = after;
    }
  }
}

function expectReport(
  { number }: Trial,
  { seconds: _, work: __, ...found }: Report,
  right: Report,
  what: string,
): void {
  if (isDeepStrictEqual(found, right)) return;
  const texts = [right, found].map((report) => JSON.stringify(report));
  throw new Finding(
    `trial ${number} was trained in another way: ${what}\n expected ${texts[0]}\n got      ${texts[1]}`,
  );
}
