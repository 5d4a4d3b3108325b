// Results stand alone on stdout, whatever libraries log.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PictureFolder } from '../images/indexing/picture-folder.js';
import { spawnHpo } from './support.js';

it('a damaged HEIC, of which its decoder complains, leaves JSON whole', { timeout: 180_000 }, async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('images/ants', 0, 15);
  await folder.fill('images/bees', 15, 15);
  await folder.write('images/bees/broken.heic', Buffer.concat([Buffer.from('\0\0\0\x18ftypheic'), Buffer.alloc(500)]));
  const study = join(folder.path, 'study.json');
  writeFileSync(
    study,
    JSON.stringify({
      name: 'heic',
      data: { folder: 'images' },
      backbone: { name: 'quicknet' },
      space: { dropout: { type: 'float', min: 0, max: 0.5 } },
      search: { trials: 1 },
      training: { epochs: 2 },
    }),
  );
  const { finished } = spawnHpo(['plan', study, '--json'], { env: { HPO_CACHE: join(folder.path, 'cache') } });
  const { code, out, err } = await finished;
  expect(code, err).toBe(0);
  expect(() => JSON.parse(out) as unknown).not.toThrow();
  // What it logs is that decoder's own; without it this tests nothing.
  expect(err).toContain('Could not parse HEIF file');
});
