// The images that a model card has figures on.
import type { AnySplit } from '../../images/indexing/image-index.js';

export type CardSplit = Exclude<AnySplit, 'train' | 'targetUnlabelled'>;
