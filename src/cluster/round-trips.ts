// Questions to the controller over a queue: each is a job, and its return value is the answer.
import { randomUUID } from 'node:crypto';
import { within } from '../system/within.js';
import type { JobEvents, JobQueue } from './driver.js';
import { messageOf } from '../study/errors.js';
import { type QueueLink, removeEmpty } from './link.js';
import { type Answer, type WrittenMessage, readAnswer } from './messages.js';
import { storable } from './storable.js';

interface Question {
  readonly message: WrittenMessage;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
  /** Whether it is on its way to the server, however often that is tried. */
  isAsked: boolean;
}

export interface RoundTripOptions {
  /** Whether the queue goes with the last question that nobody answers: its study may be over. */
  readonly leavesNothing?: boolean;
}

/** Milliseconds after which a question that could not be asked, or was refused, is asked again. */
const AGAIN = 1000;
/** Milliseconds in which a busy server that is there removes what is left. */
const REMOVE = 5000;

/**
 * Waits for answers however long they take: the controller may be started again meanwhile, and the server too. A question that the
 * server has lost is asked again under its old id, so the controller may get it twice.
 */
export class RoundTrips {
  private readonly open = new Map<string, Question>();
  private readonly queue: JobQueue;
  private readonly events: JobEvents;
  private readonly token = randomUUID();
  private asked = 0;
  private answeredAt = performance.now();
  private isClosed = false;

  constructor(
    private readonly link: QueueLink,
    name: string,
    private readonly options: RoundTripOptions = {},
  ) {
    this.queue = link.queue(name);
    this.events = link.events(name);
    this.events.on('completed', ({ jobId, returnvalue }) => this.answered(jobId, returnvalue));
    this.events.on('failed', ({ jobId }) => this.again(jobId));
  }

  /** Resolves once answers can come. */
  async waitUntilReady(): Promise<void> {
    await Promise.all([this.queue.waitUntilReady(), this.events.waitUntilReady()]);
  }

  /** Milliseconds without any answer. */
  get silence(): number {
    return performance.now() - this.answeredAt;
  }

  /** Whether the server knows of a controller that reads the questions: one that is busy answers late. */
  async isRead(): Promise<boolean> {
    return (await this.queue.getWorkers()).length > 0;
  }

  /** Rejects once it is closed. */
  ask(message: WrittenMessage): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = `${this.token}.${++this.asked}`;
      const timer = setTimeout(() => void this.look(id), this.link.pace.look);
      const question: Question = { message, resolve, reject, timer, isAsked: false };
      if (this.isClosed) return this.settle(question, () => reject(new Error('the queue is closed')));
      this.open.set(id, question);
      void this.add(id, question);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const unanswered = [...this.open];
    this.open.clear();
    for (const [, question] of unanswered) {
      this.settle(question, () => question.reject(new Error('the queue is closed')));
    }
    // Nobody is there any more for the answers. A server that is away has to do without.
    const isGone = await within(Promise.allSettled(unanswered.map(([id]) => this.queue.remove(id))), REMOVE);
    const isLast = unanswered.length > 0 && this.options.leavesNothing === true;
    if (isGone && isLast) await within(removeEmpty(this.queue), REMOVE);
    // The link ends what cannot be closed now.
    await within(Promise.allSettled([this.events.close(), this.queue.close()]), AGAIN);
  }

  /** Until the server has it, or nobody asks any more. Never twice at a time: an outage would make more and more of it. */
  private async add(id: string, question: Question): Promise<void> {
    if (question.isAsked) return;
    question.isAsked = true;
    while (this.open.has(id)) {
      try {
        // An answer from before answers are listened to would be found only by `look`.
        await this.events.waitUntilReady();
        if (!this.open.has(id)) break;
        await this.queue.add(question.message.type, storable(question.message), { jobId: id });
        break;
      } catch (error) {
        this.link.problem(error);
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
    question.isAsked = false;
  }

  private answered(id: string, value: unknown): void {
    const question = this.open.get(id);
    if (question === undefined) return;
    this.answeredAt = performance.now();
    this.open.delete(id);
    this.settle(question, () => {
      try {
        question.resolve(readAnswer(value));
      } catch (error) {
        question.reject(error);
      }
    });
  }

  /** The controller could not answer; what went wrong there is in its log. */
  private again(id: string): void {
    setTimeout(() => {
      const question = this.open.get(id);
      if (question !== undefined) void this.add(id, question);
    }, AGAIN);
  }

  /** Whether the server still has a question that was not answered for long: an answer can be lost with a connection. */
  private async look(id: string): Promise<void> {
    const question = this.open.get(id);
    if (question === undefined) return;
    try {
      const job = await this.queue.getJob(id);
      if (job === undefined) void this.add(id, question);
    } catch (error) {
      this.link.problem(messageOf(error));
    }
    question.timer = setTimeout(() => void this.look(id), this.link.pace.look);
  }

  private settle(question: Question, act: () => void): void {
    clearTimeout(question.timer);
    act();
  }
}
