// A folder of photographs for examples: two classes that any network tells apart.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const COLOURS = { blue: { r: 40, g: 60, b: 220 }, red: { r: 220, g: 50, b: 40 } } as const;
const IMAGES = 20;

/** Writes photos/blue/0.png and so on into the folder: fields of a colour with a bright square somewhere. */
export async function writePhotos(folder: string): Promise<void> {
  for (const [name, background] of Object.entries(COLOURS)) {
    await mkdir(join(folder, 'photos', name), { recursive: true });
    for (let i = 0; i < IMAGES; i++) {
      const square = {
        create: { width: 12, height: 12, channels: 3 as const, background: { r: 250, g: 250, b: 200 + i } },
      };
      await sharp({ create: { width: 48, height: 48, channels: 3, background } })
        .composite([{ input: square, left: (i * 7) % 36, top: (i * 11) % 36 }])
        .png()
        .toFile(join(folder, 'photos', name, `${i}.png`));
    }
  }
}
