// A study for programs: what `show --json`, `best --json` and `list --json` print.
import { leaderOf } from '../../controller/confirmation.js';
import { type TrialSnapshot, snapshotOf, trialSnapshot } from '../../store/snapshot.js';
import { plannedTrials } from '../../study/planned-trials.js';
import { reuseJson } from './reuse.js';
import { type StudyView, finishedTrials } from '../../app/files/read-study.js';

/** The snapshot of the study with what is known around it. */
export function studyJson(study: StudyView): object {
  return {
    ...studyHeader(study),
    reuse: reuseJson(study.history),
    ...snapshotOf(study.name, study.history),
    best: bestSnapshot(study),
  };
}

/** A study without its trials. */
export function studySummaryJson(study: StudyView): object {
  return { ...studyHeader(study), best: bestSnapshot(study) };
}

/** The best trial so far, or null. */
function bestSnapshot({ history }: StudyView): TrialSnapshot | null {
  const leader = leaderOf(history);
  return leader === undefined ? null : trialSnapshot(leader.trial);
}

function studyHeader({ name, state, process, file, layout, definition, history }: StudyView): object {
  return {
    name,
    state,
    process: process ?? null,
    file: file ?? null,
    run: layout.root,
    finished: finishedTrials(history),
    total: plannedTrials(definition),
    objective: history.objective,
    counts: { ...history.counts },
  };
}
