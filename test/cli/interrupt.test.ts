// hpo run as a process: Ctrl-C, a second run beside it, a reader that goes away.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hpo, spawnHpo, temporaryFolder, toyStudy } from './support.js';

/** Says when an epoch begins, then waits until a file is there. */
const GATED_TRAINER = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export default async function* train({ trial }) {
  for (let epoch = 1; epoch <= 3; epoch++) {
    writeFileSync(new URL(\`began-\${trial}-\${epoch}\`, import.meta.url), '');
    while (!existsSync(new URL('go', import.meta.url))) await setTimeout(5);
    yield { epoch, metrics: { score: epoch } };
  }
}
`;

let folder: { path: string; remove: () => void };
let study: string;

beforeEach(() => {
  folder = temporaryFolder({ 'train.mjs': GATED_TRAINER, 'study.json': toyStudy() });
  study = join(folder.path, 'study.json');
});
afterEach(() => folder.remove());

const begun = async (name: string): Promise<void> => {
  while (!existsSync(join(folder.path, name))) await new Promise((resolve) => setTimeout(resolve, 10));
};
const open = (): void => writeFileSync(join(folder.path, 'go'), '');
const events = (): { type: string }[] =>
  readFileSync(join(folder.path, 'study.run/journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });

describe('Ctrl-C', () => {
  it('once puts the running trial aside at its next report and exits with 130; the same command continues', async () => {
    const { child, finished, saw } = spawnHpo(['run', study]);
    await begun('began-0-1');
    child.kill('SIGINT');
    await saw('stopping');
    open();
    const { code, out } = await finished;
    expect(code).toBe(130);
    expect(out).toContain('src/cli/main.ts run');
    expect(events().map(({ type }) => type)).toEqual(['created', 'asked', 'started', 'reported']);
    const again = await hpo('run', study);
    expect(again.code).toBe(0);
    expect(events().filter(({ type }) => type === 'told')).toHaveLength(4);
  });

  it('twice stops at once, without waiting for the trial', async () => {
    const { child, finished, saw } = spawnHpo(['run', study]);
    await begun('began-0-1');
    child.kill('SIGINT');
    await saw('stopping:');
    child.kill('SIGINT');
    const { code } = await finished;
    expect(code).toBe(130);
    expect(events().map(({ type }) => type)).toEqual(['created', 'asked', 'started']);
    expect(readdirSync(join(folder.path, 'study.run'))).not.toContain('lock');
  });
});

describe('Ctrl-C twice while the native engine computes', () => {
  it('does not take the process down with the thread: it still exits with 130, the lock gone', async () => {
    const images = { family: 'traffic-signs', perClass: { train: 12, validation: 2, test: 1 } };
    const definition = {
      data: { drawn: images },
      backbone: { name: 'quicknet' },
      space: { learningRate: { type: 'float', min: 1e-4, max: 1e-3 } },
      search: { strategy: 'random', trials: 2 },
      training: { epochs: 500, headEpochs: 0, unfreezeDepth: 6, batchSize: 8, augmentation: 'none' },
      resources: { workers: 1, engine: 'onnx' },
    };
    const own = temporaryFolder({ 'study.json': definition });
    const run = spawnHpo(['run', join(own.path, 'study.json')], { env: { HPO_CACHE: join(own.path, 'cache') } });
    await run.saw(' epoch ');
    run.child.kill('SIGINT');
    run.child.kill('SIGTERM'); // a second SIGINT could reach it as one
    const { code, err } = await run.finished;
    expect(err).not.toContain('terminate called');
    expect(code).toBe(130);
    expect(readdirSync(join(own.path, 'study.run'))).not.toContain('lock');
    own.remove();
  });
});

describe('beside a run that lives', () => {
  it('a second run is refused, show, best and list read on, and after a kill the study is taken over', async () => {
    const { child, finished } = spawnHpo(['run', study]);
    await begun('began-0-1');
    const second = await hpo('run', study);
    expect(second.code).toBe(2);
    expect(second.err).toContain(`process ${child.pid}`);
    expect((await hpo('show', study)).out).toContain(`is running (process ${child.pid})`);
    expect(JSON.parse((await hpo('list', folder.path, '--json')).out)).toMatchObject([
      { state: 'running', finished: 0 },
    ]);
    expect(JSON.parse((await hpo('best', study, '--json')).out)).toBeNull();
    child.kill('SIGKILL');
    await finished;
    expect((await hpo('show', study)).out).toContain('is not finished');
    open();
    expect((await hpo('run', study)).code).toBe(0);
    expect((await hpo('show', study)).out).toContain('is done');
  });
});

describe('a reader that goes away', () => {
  it('ends the run with everything kept', async () => {
    const { child, finished } = spawnHpo(['run', study, '--json']);
    await begun('began-0-1');
    child.stdout?.destroy();
    open();
    const { code, err } = await finished;
    expect(err).not.toContain('EPIPE');
    expect(code).toBe(130);
    expect(events().at(-1)?.type).not.toBe('created');
  });
});
