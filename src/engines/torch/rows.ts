// Rows that stay on the device of PyTorch's process: features that many steps read.
import { z } from 'zod';
import { HpoError } from '../../study/errors.js';
import type { DeviceRows, RowsFeed } from '../engine.js';
import type { TorchSession } from './state.js';

const kept = z.object({ kept: z.boolean() });
const ran = z.object({ dropped: z.boolean().optional() });

export class TorchRows implements DeviceRows {
  isThere = true;

  private constructor(
    private readonly session: TorchSession,
    readonly id: number,
  ) {}

  static async make(
    session: TorchSession,
    id: number,
    count: number,
    shape: readonly number[],
  ): Promise<TorchRows | undefined> {
    const { text } = await session.inTurn(() => session.process.request({ op: 'keep', rows: id, count, shape }));
    if (!kept.parse(text).kept) return undefined;
    const rows = new TorchRows(session, id);
    session.rows.add(rows);
    return rows;
  }

  async write(positions: Uint32Array, { buffer, byteOffset, byteLength }: Float32Array): Promise<void> {
    const { session, id } = this;
    await session.inTurn(async () => {
      if (!this.isThere) return;
      const message = { op: 'write rows', rows: id, positions: [...positions] };
      await session.process.request(message, [new Uint8Array(buffer, byteOffset, byteLength)]);
    });
  }

  dispose(): void {
    if (!this.isThere) return;
    this.isThere = false;
    const { session, id } = this;
    session.rows.delete(this);
    void session.inTurn(() => session.process.request({ op: 'forget rows', rows: id })).catch(() => {});
  }
}

/**
 * The rows of a run as its message has them.
 * @throws HpoError ERR_ENGINE_CRASHED where the device needed their memory since they were asked for: the trial is tried again.
 */
export function rowsIn(feeds: Readonly<Record<string, RowsFeed>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { rows, positions }]) => {
      if (!(rows instanceof TorchRows))
        throw new HpoError('ERR_ENGINE', `expected rows of this engine at feed ${name}`);
      if (!rows.isThere) {
        throw new HpoError('ERR_ENGINE_CRASHED', `the device needed the memory of rows that feed ${name} was to read`);
      }
      return [name, { rows: rows.id, positions: [...positions] }];
    }),
  );
}

/** Looks at what a run answers: where its memory ran out, the process has dropped all rows and run it without them. */
export function noticeDropped(session: TorchSession, text: unknown): void {
  if (ran.parse(text).dropped !== true) return;
  for (const rows of session.rows) rows.isThere = false;
  session.rows.clear();
}
