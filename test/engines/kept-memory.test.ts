// Which program keeps the memory of its runs.
import type { InferenceSession } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { KeptMemory, SwitchedSession } from '../../src/engines/onnx/kept-memory.js';

/** Sessions of a program that only tell when they are opened and released. */
class Sessions {
  readonly events: string[] = [];
  /** What a run waits for. */
  gate: Promise<unknown> = Promise.resolve();

  constructor(private readonly name: string) {}

  readonly open = (keepsMemory: boolean): Promise<InferenceSession> => {
    this.events.push(`${this.name} ${keepsMemory ? 'keeps' : 'gives back'}`);
    return Promise.resolve({
      run: async () => {
        await this.gate;
        return {};
      },
      release: () => {
        this.events.push(`${this.name} released`);
        return Promise.resolve();
      },
    } as unknown as InferenceSession);
  };
}

async function runs(session: SwitchedSession, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await session.run({});
}

it('is the first that was opened, also beside one that runs less often', async () => {
  const memory = new KeptMemory();
  const [often, seldom] = [new Sessions('often'), new Sessions('seldom')];
  const [first, second] = [
    await SwitchedSession.open(memory, often.open),
    await SwitchedSession.open(memory, seldom.open),
  ];
  for (let epoch = 0; epoch < 40; epoch++) {
    await runs(first, 2);
    await runs(second, 1);
  }
  expect([often.events, seldom.events]).toEqual([['often keeps'], ['seldom gives back']]);
});

it('becomes another that runs alone, and the former gives its memory back', async () => {
  const memory = new KeptMemory();
  const [old, fresh] = [new Sessions('old'), new Sessions('fresh')];
  const first = await SwitchedSession.open(memory, old.open);
  await runs(first, 100);
  const second = await SwitchedSession.open(memory, fresh.open);
  await runs(second, 20);
  expect(old.events).toEqual(['old keeps', 'old released']);
  expect(fresh.events).toEqual(['fresh gives back', 'fresh released', 'fresh keeps']);
  await runs(first, 1);
  expect(old.events.at(-1)).toBe('old gives back');
});

it('becomes the next one once it is released', async () => {
  const memory = new KeptMemory();
  const [old, fresh] = [new Sessions('old'), new Sessions('fresh')];
  await (await SwitchedSession.open(memory, old.open)).release();
  await SwitchedSession.open(memory, fresh.open);
  expect([old.events, fresh.events]).toEqual([['old keeps', 'old released'], ['fresh keeps']]);
});

it('gives memory back only after what runs has ended', async () => {
  const memory = new KeptMemory();
  const [old, fresh] = [new Sessions('old'), new Sessions('fresh')];
  const first = await SwitchedSession.open(memory, old.open);
  let end = (): void => undefined;
  old.gate = new Promise<void>((resolve) => (end = resolve));
  const running = first.run({});
  const second = await SwitchedSession.open(memory, fresh.open);
  await runs(second, 20);
  expect(old.events).toEqual(['old keeps']);
  end();
  await running;
  expect(old.events).toEqual(['old keeps', 'old released']);
});

it('is nobody after a program that did not open', async () => {
  const memory = new KeptMemory();
  const fresh = new Sessions('fresh');
  await expect(SwitchedSession.open(memory, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  await SwitchedSession.open(memory, fresh.open);
  expect(fresh.events).toEqual(['fresh keeps']);
});
