// What a model card says of how its trial was found.
import { expect, it } from 'vitest';
import { originOf } from '../../src/app/export-study.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Trial } from '../../src/study/trial.js';
import { CHOSEN_STUDY, chosenEvents } from '../dashboard/support/chosen-study.js';

const { name, definition } = CHOSEN_STUDY;
const lineOf = (choose: 'best' | 'simpler', number: number): string | undefined => {
  const study = { ...CHOSEN_STUDY, definition: { ...definition, search: { ...definition.search, choose } } };
  const history = new HistoryLedger(definition.objective);
  for (const event of chosenEvents()) history.apply(event.type === 'created' ? { ...event, study } : event);
  return originOf({ name, definition, history }, history.trials[number] as Trial)[1];
};

it('is the best of the study, or was chosen instead of that', () => {
  expect(lineOf('best', 0)).toBe(
    "(2 completed, 0 pruned, 0 failed). Its accuracy of 0.9000 at epoch 1 is the study's best.",
  );
  expect(lineOf('simpler', 1)).toMatch(
    /^\(2 completed, 0 pruned, 0 failed\)\. With its accuracy of 0\.8900 at epoch 1 it is simpler than trial 0 with 0\.9000, which is better by 0\.0100: less than one standard error of the difference, 0\.03\d\d\.$/,
  );
});
