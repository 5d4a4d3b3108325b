// The runner without threads.
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { loadTrainer } from '../../src/workers/thread/trainer-module.js';
import { BEHAVIOURS, describeRunner } from './runner-contract.js';

describeRunner('InProcessRunner', async (onLog, onWarning) => {
  return new InProcessRunner({ train: await loadTrainer({ module: BEHAVIOURS }), onLog, onWarning });
});
