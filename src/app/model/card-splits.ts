// The images that a model card has figures on.

/** Images that a card has figures on, in words. */
export const SPLIT_NAMES = {
  validation: 'validation',
  test: 'test',
  targetValidation: 'target validation',
  targetTest: 'target test',
} as const;
export type CardSplit = keyof typeof SPLIT_NAMES;
