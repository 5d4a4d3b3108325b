// A mark on the server while a controller runs a study, and after it has died. A worker that nobody answers can tell by it a study that is over from a controller that died.
import type { JobQueue } from './driver.js';

/** Of the only job in the mark's queue, which nobody performs. */
const MARK = 'open';

export class StudyMark {
  /** @param queue of the mark alone: `marksOf`. */
  constructor(private readonly queue: Pick<JobQueue, 'add' | 'getJob' | 'obliterate'>) {}

  /** Again and again: a server that keeps nothing may have been started again. */
  async set(): Promise<void> {
    if (!(await this.isSet())) await this.queue.add(MARK, {}, { jobId: MARK });
  }

  async isSet(): Promise<boolean> {
    return (await this.queue.getJob(MARK)) !== undefined;
  }

  /** The study is over, or was stopped. */
  async remove(): Promise<void> {
    await this.queue.obliterate({ force: true });
  }
}
