// A study that is run again: what its journal began with against what is there now.
import { compareDefinitions } from '../../study/amend.js';
import { HpoError } from '../../study/errors.js';
import type { ImagesRecord, StudyRecord } from '../../study/events.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';

/**
 * What was extended since, in words.
 * @param hasTrials a study without trials may still change in any way.
 * @throws HpoError ERR_STUDY_CHANGED with every reason, where finished trials could not be compared to new ones.
 */
export function checkChanges(before: StudyRecord, after: StudyRecord, hasTrials: boolean): readonly string[] {
  const [old, now] = [before, after].map(({ definition }) => plain(definition));
  const { changes, refusals } = compareDefinitions(old as StudyDefinition, now as StudyDefinition);
  const all = [...refusals, ...imageChanges(before.images, after.images), ...weightChanges(before, after)];
  if (all.length === 0) return changes;
  if (!hasTrials) return [...changes, ...all.map((line) => line.replace(/: [^:→]*$/, ''))];
  throw new HpoError(
    'ERR_STUDY_CHANGED',
    [
      `the study ${after.name} cannot go on, because what its trials were made with has changed:`,
      ...all.map((line) => `  ${line}`),
      'Undo the change, put the earlier run aside with --fresh, or give the changed study a file of its own.',
    ].join('\n'),
  );
}

/** As the journal spells it. */
function plain(definition: unknown): unknown {
  return JSON.parse(JSON.stringify(definition));
}

function imageChanges(before: ImagesRecord | undefined, after: ImagesRecord | undefined): string[] {
  if (before === undefined || after === undefined || before.digest === after.digest) return [];
  if (JSON.stringify(before.classes) !== JSON.stringify(after.classes)) {
    return [`classes: ${before.classes.join(', ')} → ${after.classes.join(', ')}: metrics would mean something else`];
  }
  const lines = (['train', 'validation', 'test'] as const).flatMap((split) =>
    before.classes.flatMap((name, i) => {
      const [old, now] = [before.counts[split][i], after.counts[split][i]];
      return old === now ? [] : [`${split} images of ${name}: ${old} → ${now}: finished trials saw the old ones`];
    }),
  );
  if (lines.length > 0) return lines;
  return ['images: as many as before, but their names or contents differ: finished trials saw the old ones'];
}

function weightChanges(before: StudyRecord, after: StudyRecord): string[] {
  if (before.weights === undefined || after.weights === undefined || before.weights === after.weights) return [];
  return ["backbone.weights: the file's content differs: finished trials started from the old one"];
}
