// What is known of the validation images by the trials that a study keeps.
import { expect, it } from 'vitest';
import { probabilitiesOf } from '../../../src/app/model/kept-models.js';
import type { StudyRecord } from '../../../src/study/events.js';
import { layoutOf } from '../../../src/store/run-layout.js';

it('of a trial with folds nothing is known, though its first fold left weights, maybe of another epoch than the mean is best at', async () => {
  const best = { epoch: 3, value: 0.8 };
  const folds = [{ trial: 0, index: 0, ...best, epoch: 4 }];
  const view = { layout: layoutOf('nowhere/study.json'), record: {} as StudyRecord };
  expect(await probabilitiesOf(view, { number: 0, best, folds })).toBeUndefined();
  await expect(probabilitiesOf(view, { number: 0, best })).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
});
