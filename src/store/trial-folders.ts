// The folders of trials: checkpoints of those that go on, the model of the best one.
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError, messageOf } from '../study/errors.js';
import { makeTrialFolder } from '../system/trial-folder.js';

export class TrialFolders {
  constructor(readonly root: string) {}

  /** The trial's folder, whether it is there or not. */
  of(trial: number): string {
    return join(this.root, String(trial));
  }

  /** The trial's folder, made where it is not there yet. Throws ERR_STORE where it cannot be made. */
  prepare(trial: number): string {
    const folder = this.of(trial);
    try {
      makeTrialFolder(folder);
    } catch (error) {
      throw new HpoError('ERR_STORE', `could not make ${folder}: ${messageOf(error)}`, { cause: error });
    }
    return folder;
  }

  /** Removes the trial's folder with all that is in it. */
  async free(trial: number): Promise<void> {
    await rm(this.of(trial), { recursive: true, force: true });
  }

  /** The trials that have a folder. */
  present(): number[] {
    try {
      return readdirSync(this.root)
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
