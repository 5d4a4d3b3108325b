// What adaptation to another domain needs of the rest of a study.
import type { Problem } from './problems.js';
import { show } from './problems.js';
import type { StudyFile } from './study-schema.js';
import { TRAINING_DEFAULTS } from './training-schema.js';

/** Adaptation without unlabelled images of the target, and a target score without labelled ones. */
export function adaptationProblems({ data, training, space, objective, trainer }: StudyFile): Problem[] {
  if (trainer !== undefined) return [];
  const fields = hasUnlabelled(data) ? [] : (['adversarial', 'batchNormStatistics'] as const);
  const adaptations = fields.flatMap((name): Problem[] => {
    const off = TRAINING_DEFAULTS[name];
    const expected = `${show(off)}, because there are no images in data.target${data !== undefined && 'drawn' in data ? '.perClass' : ''}.unlabelled to adapt to`;
    const [fixed, domain] = [training[name], space[name]];
    if (fixed !== undefined && fixed !== off) return [{ path: `training.${name}`, expected, found: show(fixed) }];
    return domain === undefined ? [] : [{ path: `space.${name}`, expected, found: 'a search' }];
  });
  return [...adaptations, ...objectiveProblems(data, objective)];
}

function objectiveProblems(data: StudyFile['data'], { metric }: StudyFile['objective']): Problem[] {
  if (!metric.startsWith('target/')) return [];
  if (hasLabelled(data)) return sliceProblems(data);
  const expected = 'a metric of the validation images, because there are no labelled images in data.target';
  return [{ path: 'objective.metric', expected, found: show(metric) }];
}

/** Slices are of the validation images, of which the journal then has no predictions. */
function sliceProblems(data: StudyFile['data']): Problem[] {
  if (data === undefined || !('slices' in data) || data.slices === undefined) return [];
  const expected = 'no value, because objective.metric is of target images and slices are of validation images';
  return [{ path: 'data.slices', expected, found: show(data.slices) }];
}

function hasUnlabelled(data: StudyFile['data']): boolean {
  if (data?.target === undefined) return false;
  return 'perClass' in data.target ? data.target.perClass.unlabelled > 0 : data.target.unlabelled !== undefined;
}

function hasLabelled(data: StudyFile['data']): boolean {
  if (data?.target === undefined) return false;
  return 'perClass' in data.target ? data.target.perClass.validation > 0 : data.target.validation !== undefined;
}
