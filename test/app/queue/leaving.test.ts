// A worker that is to leave while it still prepares for a study leaves, and so does one whose study ends: preparing may take minutes.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveStudy } from '../../../src/app/queue/serve-study.js';
import { fakeLink } from '../../cluster/support/fake-link.js';
import { studyForWorkers } from '../../cluster/support/scene.js';
import { eventually } from '../../eventually.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { definitionOf } from '../../study/definitions.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hpo-leaving-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('leaves while a trainer is being loaded', { timeout: 60_000 }, async () => {
  const [began, end] = [join(folder, 'began'), join(folder, 'end')];
  const module = `import { existsSync, writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(began)}, '');
while (!existsSync(${JSON.stringify(end)})) await new Promise((resolve) => setTimeout(resolve, 20));
export default async function* train() {}
`;
  writeFileSync(join(folder, 'train.mjs'), module);
  const study = studyForWorkers({
    definition: definitionOf({ trainer: { module: './train.mjs' } }),
    module: createHash('sha256').update(module).digest('hex'),
  });
  const leave = new AbortController();
  const serving = serveStudy(study, {
    ...{ link: fakeLink({ answer: () => ({ type: 'noted' }) }), maps: [], slots: 1 },
    ...{ trainer: join(folder, 'train.mjs'), leave: leave.signal, leaveNow: leave.signal },
  });
  await eventually(() => expect(existsSync(began)).toBe(true));
  leave.abort();
  expect(await serving).toEqual({ type: 'left' });
  writeFileSync(end, '');
});

it('learns that the study has ended while it compares its images', { timeout: 60_000 }, async () => {
  const definition = parseStudy(
    JSON.stringify({
      data: { drawn: { family: 'traffic-signs', perClass: { train: 6, validation: 3 }, difficulty: 0 } },
      backbone: { name: 'quicknet', inputSize: 32, weights: 'random' },
      space: { learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' } },
      training: { epochs: 2 },
      resources: { engine: 'wasm', workers: 1 },
    }),
    'study.json',
    'drawn',
  );
  const { signal } = new AbortController();
  const pace = { silence: 100, hold: 100, look: 100 };
  const asked: string[] = [];
  const serving = serveStudy(studyForWorkers({ definition, images: 'others' }), {
    ...{ link: fakeLink({ pace, isOver: true, answer: ({ type }) => void asked.push(type) }), maps: [], slots: 1 },
    ...{ leave: signal, leaveNow: signal },
  });
  expect(await serving).toEqual({ type: 'over' });
  expect(new Set(asked)).toEqual(new Set(['pages']));
});
