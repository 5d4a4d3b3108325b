// The command that messages suggest starts hpo in the way in which it runs.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { commandName } from '../../src/system/command-name.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hpo-command-')));
afterAll(() => rmSync(folder, { recursive: true }));

function file(...names: string[]): string {
  const path = join(folder, ...names);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

function link(target: string, ...names: string[]): string {
  const path = join(folder, ...names);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
  return path;
}

const built = file('clone', 'dist', 'cli', 'main.js');
const clone = { env: {}, folder: join(folder, 'clone'), main: join(folder, 'clone', 'dist', 'cli', 'main') };

it('is npx where npx started it', () => {
  expect(commandName({ ...clone, env: { npm_command: 'exec', npm_lifecycle_script: "'hpo'" }, script: built })).toBe(
    'npx hpo',
  );
  expect(
    commandName({ ...clone, env: { npm_command: 'exec', npm_lifecycle_script: 'vitest' }, script: built }),
  ).not.toBe('npx hpo');
});

it('is node and the file where that was typed', () => {
  expect(commandName({ ...clone, script: join('dist', 'cli', 'main.js') })).toBe(
    `node ${join('dist', 'cli', 'main.js')}`,
  );
});

it('is the loader of TypeScript where the sources run', () => {
  const script = file('clone', 'src', 'cli', 'main.ts');
  const main = join(folder, 'clone', 'src', 'cli', 'main');
  expect(commandName({ ...clone, main, script })).toBe(`npx tsx ${join('src', 'cli', 'main.ts')}`);
});

it('is npx in a program that uses the library', () => {
  expect(commandName({ ...clone, script: join(folder, 'loop.mjs') })).toBe('npx hpo');
});

it.skipIf(process.platform === 'win32')('is the bare name where the shell finds this installation by it', () => {
  const script = link(built, 'bin', 'hpo');
  expect(commandName({ ...clone, env: { PATH: dirname(script) }, script })).toBe('hpo');
});

it.skipIf(process.platform === 'win32')('is not the bare name where the shell finds another installation by it', () => {
  const script = link(file('other', 'main.js'), 'other-bin', 'hpo');
  expect(commandName({ ...clone, env: { PATH: dirname(script) }, script: built })).not.toBe('hpo');
});

it.skipIf(process.platform === 'win32')('is npx where it is installed in a project', () => {
  const main = file('project', 'node_modules', 'hpo', 'dist', 'cli', 'main.js');
  const script = link(main, 'project', 'node_modules', '.bin', 'hpo');
  const start = { folder: join(folder, 'project'), main: main.replace(/\.js$/, ''), script };
  expect(commandName({ ...start, env: {} })).toBe('npx hpo');
  // As in a script of package.json: npm's folders are on the path, in the shell they are not.
  expect(commandName({ ...start, env: { npm_command: 'run-script', PATH: dirname(script) } })).toBe('npx hpo');
});

it.skipIf(process.platform === 'win32')('is the path of a link that lies anywhere else', () => {
  const script = link(built, 'clone', 'tools', 'hpo');
  expect(commandName({ ...clone, script })).toBe(join('tools', 'hpo'));
});
