// Records what came of trials, and notices when too many fail in a row.
import { HpoError } from '../study/errors.js';
import type { Outcome, Trial } from '../study/trial.js';
import type { KeptModels } from './kept-models.js';
import type { LiveStudy } from './live-study.js';
import type { Conclusion } from './trial-session.js';

export interface BookkeepingOptions {
  readonly study: LiveStudy;
  readonly models: KeptModels;
  readonly maxFailuresInARow: number;
  /** Told of what stops the study. */
  readonly fail: (error: unknown) => void;
}

export class Bookkeeping {
  private tooManyFailures = false;

  constructor(private readonly options: BookkeepingOptions) {}

  /** Whether the study is to stop since too many trials failed in a row. */
  get isFailing(): boolean {
    return this.tooManyFailures;
  }

  settle(trial: number, conclusion: Conclusion): void {
    const { study, fail } = this.options;
    switch (conclusion.action) {
      case 'tell':
        if (conclusion.outcome.status === 'completed' && study.history.trials[trial]?.reports.length === 0) {
          return this.reject(trial, 'expected at least one report, got none');
        }
        return this.tell(trial, conclusion.outcome);
      case 'fail':
        return this.tell(trial, conclusion.outcome);
      case 'pause':
        return study.record({ type: 'paused', trial, epoch: conclusion.epoch, reason: conclusion.reason });
      case 'reject':
        return this.reject(trial, conclusion.message);
      case 'stop':
        return fail(new HpoError(conclusion.code, `trial ${trial} was put aside: ${conclusion.message}`));
      case 'leave':
        return;
    }
  }

  /** Ends a trial. The disk is asked at once and not waited for: those who act on the outcome flush first. */
  tell(trial: number, outcome: Outcome): void {
    const { study, models, maxFailuresInARow, fail } = this.options;
    study.record({ type: 'told', trial, outcome });
    study.flush().catch(fail);
    models.told(study.history.trials[trial] as Trial);
    const { failuresInARow } = study.history;
    // A multiple, so that a study that is run again after this goes on for as many.
    if (failuresInARow.at(-1) === trial && failuresInARow.length % maxFailuresInARow === 0) this.tooManyFailures = true;
  }

  /**
   * The trainer broke its contract. Before it has ever kept it, the module is to be mended and no trial is spent; after
   * that the rest of the night is worth more, and the trial alone fails.
   */
  private reject(trial: number, message: string): void {
    const { study, fail } = this.options;
    if (study.history.trials.some(({ best }) => best !== undefined)) {
      return this.tell(trial, { status: 'failed', kind: 'crashed', message });
    }
    fail(new HpoError('ERR_TRAINER_MODULE', `the trainer broke its contract in trial ${trial}: ${message}`));
  }
}
