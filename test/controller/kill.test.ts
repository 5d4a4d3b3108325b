// kill -9 at random moments, then the same command: the journal ends as if nothing had happened.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import { type RunLayout, layoutAt } from '../../src/store/run-layout.js';

const KILLS = 15;
const SCRIPT = fileURLToPath(new URL('./killable-study.ts', import.meta.url));

const newLayout = (): RunLayout => layoutAt(join(mkdtempSync(join(tmpdir(), 'hpo-kill-')), 'study.run'));

function start({ root }: RunLayout, ...options: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', SCRIPT, root, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Without times, which alone may differ. */
async function record({ journal }: RunLayout): Promise<unknown[]> {
  return (await readJournal(journal)).map(({ at: _, ...event }) => {
    if (event.type !== 'reported') return event;
    const { seconds: __, ...report } = event.report;
    return { ...event, report };
  });
}

/** Kills the process once its journal has grown by so many bytes, wherever it is then. False where it was done before. */
async function killAfter(child: ChildProcess, { journal }: RunLayout, bytes: number): Promise<boolean> {
  const size = (): number => (existsSync(journal) ? statSync(journal).size : 0);
  const target = size() + bytes;
  const exited = once(child, 'exit');
  while (child.exitCode === null && size() < target) await setImmediate();
  child.kill('SIGKILL');
  await exited;
  return child.signalCode === 'SIGKILL';
}

it.each([
  ['', []],
  [' of batched trials', ['batched']],
])(
  `a study%s that is killed some ${KILLS} times records what an undisturbed one does`,
  async (_, options) => {
    const undisturbed = newLayout();
    expect((await once(start(undisturbed, ...options), 'exit'))[0]).toBe(0);
    const expected = await record(undisturbed);
    const whole = statSync(undisturbed.journal).size;

    const killed = newLayout();
    const random = RandomStream.of('kills');
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const bytes = 1 + random.integer(Math.floor((1.2 * whole) / KILLS));
      if (!(await killAfter(start(killed, ...options), killed, bytes))) break;
    }
    if (kills === KILLS) expect((await once(start(killed, ...options), 'exit'))[0]).toBe(0);
    expect(kills).toBeGreaterThan((2 / 3) * KILLS);
    expect(await record(killed)).toEqual(expected);

    const objective = { metric: 'score', direction: 'maximize' } as const;
    const { best, trials } = replay(await readJournal(killed.journal), objective);
    expect(new Set(trials.map(({ state }) => state))).toEqual(new Set(['completed', 'pruned']));
    expect(readdirSync(killed.trials)).toEqual([String(best?.number)]);
    expect(JSON.parse(readFileSync(killed.snapshot, 'utf8'))).toMatchObject({ best: { number: best?.number } });
    expect(existsSync(killed.lock)).toBe(false);
  },
  300_000,
);
