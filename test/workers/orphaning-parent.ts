// A study's process to be killed: one child waits for a decision, one is stuck; both have started processes of their own. Prints their pids.
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';

const setup = { kind: 'process', env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } } as const;
const module = new URL('./trainers/orphaning.mjs', import.meta.url).href;
const pids: number[] = [];
const runner = await PiscinaRunner.open({
  trainer: { module },
  slots: [setup, setup],
  onLog: (_, line) => {
    pids.push(...(JSON.parse(line) as number[]));
    if (pids.length === (process.platform === 'linux' ? 6 : 4)) console.log(JSON.stringify(pids));
  },
});
const { signal } = new AbortController();
for (const [slot, behaviour] of ['wait', 'stick'].entries()) {
  const assignment = { trial: slot, parameters: { behaviour }, seed: 0, directory: '/nowhere', reported: 0 };
  void runner.run([{ assignment, signal, onReport: () => new Promise(() => {}), onEnd: () => {} }], slot, signal);
}
