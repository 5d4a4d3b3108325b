// A first study with what a sweep configuration says in place of its own.
import type { StudyInput } from '../../files/study-file.js';
import type { SweptStudy } from './study-from-sweep.js';

/** What the sweep does not speak of stays; a sweep whose parameters all are unknown keeps the first study's space. */
export function withSweep(first: StudyInput, { study }: SweptStudy): object {
  const { name, search, pruner, objective } = study;
  const isSearched = Object.keys(study.space).length > 0;
  const space = isSearched ? study.space : first.space;
  const training = Object.entries({ ...first.training, ...study.training }).filter(([field]) => !(field in space));
  const { headEpochs, epochs } = Object.fromEntries(training) as { headEpochs?: number; epochs?: number };
  return {
    ...first,
    ...(name === undefined ? {} : { name }),
    space,
    search: { ...first.search, ...search },
    ...(pruner === undefined ? {} : { pruner }),
    training: {
      ...Object.fromEntries(training),
      // At least one epoch is left for the blocks.
      ...(headEpochs !== undefined && epochs !== undefined ? { headEpochs: Math.min(headEpochs, epochs - 1) } : {}),
    },
    ...(objective === undefined ? {} : { objective }),
  };
}
