// hpo plan looks at a trainer's module and never loads it: a study of somebody else can be looked at before it is trusted.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hpo, temporaryFolder, toyStudy } from './support.js';

it('does not run the trainer', async () => {
  const folder = temporaryFolder();
  const trace = join(folder.path, 'trace');
  const trainer = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(trace)}, '');\n`;
  const { path, remove } = temporaryFolder({ 'study.json': toyStudy(), 'train.mjs': trainer });
  try {
    expect((await hpo('plan', join(path, 'study.json'))).code).toBe(0);
    expect(existsSync(trace)).toBe(false);
  } finally {
    remove();
    folder.remove();
  }
});

it('does not start the command of a trainer', async () => {
  const folder = temporaryFolder();
  const trace = join(folder.path, 'trace');
  const trainer = { command: ['sh', '-c', `touch '${trace}'; echo {x}`] };
  const { path, remove } = temporaryFolder({ 'study.json': toyStudy({ trainer }) });
  try {
    expect((await hpo('plan', join(path, 'study.json'))).code).toBe(0);
    expect(existsSync(trace)).toBe(false);
  } finally {
    remove();
    folder.remove();
  }
});
