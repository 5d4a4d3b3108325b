// The names that folders of splits have in data sets, in lower case.
import type { Split } from './image-index.js';

export const SPLIT_FOLDERS: Readonly<Record<Split, readonly [string, ...string[]]>> = {
  train: ['train', 'training', 'train_set', 'trainset'],
  validation: ['validation', 'val', 'valid', 'dev', 'eval', 'val_set', 'validation_set'],
  test: ['test', 'testing', 'holdout', 'test_set', 'testset'],
};
