// What a process that runs a study and one that watches it say to each other: a line of JSON each, checked on both sides.
import { z } from 'zod';
import type { SlotStatus } from '../source.js';

const count = z.int().min(0);

/** What a person may ask of a study in another process. */
const command = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('pause') }),
  z.strictObject({ do: z.literal('resume') }),
  z.strictObject({ do: z.literal('finish') }),
  z.strictObject({ do: z.literal('prune'), trial: count }),
]);

export type StudyCommand = z.infer<typeof command>;

/** Undefined where it is no command. */
export function parseCommand(value: unknown): StudyCommand | undefined {
  return command.safeParse(value).data;
}

const slot: z.ZodType<SlotStatus> = z.object({
  slot: count,
  device: z.exactOptional(z.string()),
  trial: z.exactOptional(count),
  beside: z.exactOptional(z.array(count)),
  epochProgress: z.exactOptional(z.number()),
  imagesPerSecond: z.exactOptional(z.number()),
  memoryBytes: z.exactOptional(z.number()),
  gpu: z.exactOptional(z.object({ load: z.exactOptional(z.number()), memoryBytes: z.exactOptional(z.number()) })),
});

const status = z.object({
  engine: z.exactOptional(z.string()),
  startedAt: z.exactOptional(z.number()),
  slots: z.array(slot),
  paused: z.boolean(),
  phase: z.enum(['running', 'finishing', 'stopping', 'aborting']),
});

/** What only the process that runs a study knows of it. */
export type RemoteStatus = z.infer<typeof status>;

const asked = z.object({ id: count, command });
const told = z.union([
  z.object({ status }),
  z.object({ done: count }),
  z.object({ refused: count, message: z.string() }),
]);

/** From the one that watches. */
export type Asked = z.infer<typeof asked>;
/** From the one that runs the study: how it is, unasked, and what became of a command. */
export type Told = z.infer<typeof told>;

export function readAsked(line: string): Asked | undefined {
  return asked.safeParse(jsonOf(line)).data;
}

export function readTold(line: string): Told | undefined {
  return told.safeParse(jsonOf(line)).data;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
