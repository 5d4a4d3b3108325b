// The contract of BullMQ's two back ends: queues of jobs, those who perform them, and what becomes of them.
/** What is done with a job: its data come from outside. What it resolves to is the job's return value. */
export type Processor = (job: {
  readonly id?: string | undefined;
  readonly data: unknown;
  /** How often the server has given the job out. */
  readonly attemptsStarted: number;
}) => Promise<unknown>;

interface Opened {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<unknown>;
}

export type JobState = 'waiting' | 'active' | 'delayed' | 'prioritized';

export interface JobQueue extends Opened {
  add(name: string, data: unknown, options: { readonly jobId: string }): Promise<unknown>;
  getJob(id: string): Promise<unknown>;
  getWaiting(): Promise<readonly { readonly data: unknown }[]>;
  getWorkers(): Promise<readonly Readonly<Record<string, string>>[]>;
  getJobCountByTypes(...types: readonly JobState[]): Promise<number>;
  /** 1 where it was there and nobody had it. */
  remove(id: string): Promise<number>;
  drain(): Promise<unknown>;
  obliterate(options: { readonly force: boolean }): Promise<unknown>;
}

export interface JobConsumer extends Opened {
  close(force?: boolean): Promise<unknown>;
}

export interface JobEvents extends Opened {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'completed', listener: (args: { readonly jobId: string; readonly returnvalue: unknown }) => void): unknown;
  on(event: 'failed', listener: (args: { readonly jobId: string }) => void): unknown;
}

export interface ConsumerOptions {
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly lockRenewTime: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
  readonly runRetryDelay: number;
  readonly name?: string;
}

export interface Driver {
  queue(name: string): JobQueue;
  consume(name: string, processor: Processor, options: ConsumerOptions): JobConsumer;
  events(name: string): JobEvents;
  close(): void;
}

/** Milliseconds: in which a server has to accept a connection, and to answer. Without the latter, one that is cut off is noticed after a quarter of an hour. */
export const SERVER_TIMES = { connect: 10_000, answer: 30_000 } as const;

/** Nobody looks at jobs that are over. */
export const JOB_OPTIONS = { removeOnComplete: true, removeOnFail: true } as const;
