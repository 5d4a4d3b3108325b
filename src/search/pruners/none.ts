// The pruner that never drops a trial.
import type { Pruner } from '../pruner.js';

export const nonePruner: Pruner = { decide: () => ({ action: 'continue', reason: 'pruning is off' }) };
