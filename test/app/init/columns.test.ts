// hpo init of a table whose columns have names that nobody guesses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hpo } from '../../cli/support.js';
import { PictureFolder } from '../../images/indexing/picture-folder.js';

it('columns are named on the command line, and are written', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('bilder', 0, 8);
  const rows = Array.from({ length: 8 }, (_, i) => `bilder/${i}.png;${i % 2 === 0 ? 'ja' : 'nein'};p${i}`);
  const table = await folder.write('liste.csv', ['Dateiname;Befund, letzter;Patient', ...rows, ''].join('\n'));
  const out = join(folder.path, 'study.json');
  const refused = await hpo('init', table, '-o', out, '-b', 'quicknet');
  expect(refused.err).toContain('--columns names columns, as in --columns file=Image,label=Finding');
  const { code, err } = await hpo(
    ...['init', table, '-o', out, '-b', 'quicknet'],
    ...['--columns', 'file=Dateiname,label=Befund, letzter,group=Patient'],
  );
  expect(code, err).toBe(0);
  const { data } = JSON.parse(readFileSync(out, 'utf8')) as { data: { columns: object } };
  expect(data.columns).toMatchObject({ file: 'Dateiname', label: 'Befund, letzter', group: 'Patient' });
  expect((await hpo('init', table, '-o', out, '--columns', 'name=x')).err).toContain("got 'name=x'");
  expect((await hpo('init', folder.path, '-o', `${out}2`, '--columns', 'file=x')).err).toContain('with a table');
});
