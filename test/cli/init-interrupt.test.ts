// Ctrl-C during hpo init: the file that is written stays, and what there is to know of it was said.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { PictureFolder } from '../images/indexing/picture-folder.js';
import { fakeTerminal } from './support.js';

it('is answered as soon as the file is named: the study is there, and the command says how to go on', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos/cats', 0, 20);
  await folder.fill('photos/dogs', 20, 20);
  const { terminal, written } = fakeTerminal();
  const file = join(folder.path, 'study.json');
  const before = process.listeners('SIGINT');
  const interrupting = {
    ...terminal,
    out: {
      ...terminal.out,
      line: (text = ''): void => {
        terminal.out.line(text);
        for (const listener of process.listeners('SIGINT')) if (!before.includes(listener)) listener('SIGINT');
      },
    },
  };
  const code = await runProgram(['init', join(folder.path, 'photos'), '-b', 'quicknet', '-o', file], interrupting);
  expect([code, written.out]).toEqual([130, [file]]);
  expect(existsSync(file)).toBe(true);
  const said = written.err.join('\n');
  expect(said).toContain('Trials are validated in 5 folds');
  expect(said).toMatch(/stopped before all images were opened: a plan or a run opens the others\nNext: .* plan .*$/);
  expect(process.listeners('SIGINT')).toEqual(before);
});
