// The built-in trainer under V8's profiler: after each trial of its thread, where the time went is written to a file.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Train } from '../../src/study/train.js';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';

export interface ProfiledSettings {
  readonly settings: CnnSettings;
  /** The compiled trainer. */
  readonly trainer: string;
  /** A folder, for one file of each thread. */
  readonly profiles: string;
}

/** What one thread wrote. */
export interface ThreadProfile {
  /** Seconds of JavaScript and of what it called, by `function url`. */
  readonly self: Readonly<Record<string, number>>;
  /** Seconds within onnxruntime, by what was computed. */
  readonly runs: Readonly<Record<'prefix' | 'training' | 'evaluation', number>>;
}

const runs = { prefix: 0, training: 0, evaluation: 0 };
const self: Record<string, number> = {};

export async function createTrain({ settings, trainer, profiles }: ProfiledSettings): Promise<Train> {
  const file = join(profiles, `${randomUUID()}.json`);
  timeRuns(trainer);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  const { createTrain: create } = (await import(trainer)) as { createTrain(settings: CnnSettings): Promise<Train> };
  const train = await create(settings);
  return async function* profiled(assignment, context) {
    try {
      yield* train(assignment, context);
    } finally {
      const { profile } = await session.post('Profiler.stop');
      await session.post('Profiler.start');
      const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
      profile.samples?.forEach((id, i) => {
        const frame = nodes.get(id);
        const key = `${frame?.functionName} ${frame?.url}`;
        self[key] = (self[key] ?? 0) + (profile.timeDeltas?.[i] ?? 0) / 1e6;
      });
      writeFileSync(file, JSON.stringify({ self, runs } satisfies ThreadProfile));
    }
  };
}

/** Adds up what runs of sessions take, told apart by what enters: pixels or fewer things, labels, or state alone. */
function timeRuns(trainer: string): void {
  const runtime = createRequire(trainer)('onnxruntime-node') as { InferenceSession: typeof InferenceSession };
  const create = runtime.InferenceSession.create.bind(runtime.InferenceSession) as (
    ...options: unknown[]
  ) => Promise<InferenceSession>;
  Object.assign(runtime.InferenceSession, {
    async create(...options: unknown[]): Promise<InferenceSession> {
      const session = await create(...options);
      const kind =
        session.inputNames.length === 1 ? 'prefix' : session.outputNames.length > 1 ? 'training' : 'evaluation';
      const run = session.run.bind(session) as (...given: unknown[]) => ReturnType<InferenceSession['run']>;
      session.run = async (...given: unknown[]) => {
        const begun = performance.now();
        const result = await run(...given);
        runs[kind] += (performance.now() - begun) / 1000;
        return result;
      };
      return session;
    },
  });
}
