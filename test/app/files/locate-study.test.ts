// From what a person types to a study.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findRuns } from '../../../src/app/files/find-runs.js';
import { locateStudy, locateStudyFile } from '../../../src/app/files/locate-study.js';
import { temporaryFolder } from '../../cli/support.js';

const folder = temporaryFolder({
  'one/study.json': '{}',
  'one/study.run/journal.jsonl': '',
  'one/study.run/earlier/1/journal.jsonl': '',
  'other/night.json': '{}',
  'other/night.run/journal.jsonl': '',
  'two/a.run/journal.jsonl': '',
  'two/b.run/journal.jsonl': '',
  'empty/readme.txt': '',
  'node_modules/x.run/journal.jsonl': '',
});
const at = (path: string): string => join(folder.path, path);
afterAll(() => folder.remove());

describe('a study', () => {
  it.each([
    ['one/study.json', 'one/study.json', 'one/study.run'],
    ['one', 'one/study.json', 'one/study.run'],
    ['one/study.run', 'one/study.json', 'one/study.run'],
    ['other', 'other/night.json', 'other/night.run'],
  ])('%s is found', (text, file, run) => {
    expect(locateStudy(at(text))).toMatchObject({ file: at(file), layout: { root: at(run) } });
  });

  it('may be an earlier run', () => {
    expect(locateStudy(at('one/study.run/earlier/1')).layout.root).toBe(at('one/study.run/earlier/1'));
  });

  it.each([
    ['two', 'a.run, b.run'],
    ['empty', 'got neither'],
    ['other/night', 'night.json'],
    ['nowhere', 'got nothing'],
  ])('%s is none, and the message says why', (text, message) => {
    expect(() => locateStudy(at(text))).toThrow(message);
  });

  it('cannot be run without its file', () => {
    expect(() => locateStudyFile(at('two/a.run'))).toThrow('without its study file');
  });
});

describe('the runs of a folder', () => {
  it('are found at any depth, without those moved to earlier/ and those of packages', async () => {
    const names = (await findRuns(folder.path)).map(({ name }) => name);
    expect(names).toEqual(['one/study.run', 'other/night.run', 'two/a.run', 'two/b.run']);
  });

  it.each(['one/study.json', 'one/study.run'])('of %s alone are its own', async (path) => {
    const places = (await findRuns(at(path))).map(({ place }) => place.layout.root);
    expect(places).toEqual([at('one/study.run')]);
  });

  it('of a study that was not run yet are none', async () => {
    expect(await findRuns(at('empty/readme.txt'))).toEqual([]);
  });

  it('need a folder', async () => {
    await expect(findRuns(at('nowhere'))).rejects.toThrow('expected a folder that can be read');
  });
});
