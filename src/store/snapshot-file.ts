// Keeps study.db.json close to the study, at a bounded share of its time however large the study grows.
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import type { StudySnapshot } from './snapshot.js';

/** After a snapshot that took t, none is written for t / SHARE: at most this share of the time goes into snapshots. */
const SHARE = 0.02;
const AT_MOST_EVERY_MS = 1000;

/** Written beside and renamed into place, so a reader always finds a whole one. A failed write is told, not thrown. */
export class SnapshotFile {
  private readonly database: Low<StudySnapshot | null>;
  private writing: Promise<void> | undefined;
  private notBefore = -Infinity;

  /**
   * @param onProblem is told when a snapshot could not be written; the journal remains the truth.
   * @param clock milliseconds, only ever compared to each other.
   */
  constructor(
    readonly path: string,
    private readonly onProblem: (error: unknown) => void,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.database = new Low<StudySnapshot | null>(new JSONFile(path), null);
  }

  /** Writes the snapshot if it is time for one; `make` is called only then. */
  offer(make: () => StudySnapshot): void {
    if (this.writing === undefined && this.clock() >= this.notBefore) void this.write(make);
  }

  /** Writes the snapshot now. */
  async finish(make: () => StudySnapshot): Promise<void> {
    await this.writing;
    await this.write(make);
  }

  private write(make: () => StudySnapshot): Promise<void> {
    const began = this.clock();
    this.database.data = make();
    this.writing = this.database
      .write()
      .catch(this.onProblem)
      .finally(() => {
        const now = this.clock();
        this.notBefore = now + Math.max(AT_MOST_EVERY_MS, (now - began) / SHARE);
        this.writing = undefined;
        this.database.data = null;
      });
    return this.writing;
  }
}
