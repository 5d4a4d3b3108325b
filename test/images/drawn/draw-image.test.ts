// Drawn images: deterministic, scene independent of size, every class of every family.
import { describe, expect, it } from 'vitest';
import { drawImage } from '../../../src/images/drawn/draw-image.js';
import { FAMILIES, FAMILY_CLASSES, drawingOf, fileOf } from '../../../src/images/drawn/drawn-data.js';

const digestible = (pixels: Uint8Array): string => Buffer.from(pixels).toString('base64');

describe.each(FAMILIES)('%s', (family) => {
  const classes = FAMILY_CLASSES[family];

  it('has sorted classes of distinct names', () => {
    expect(classes).toEqual([...new Set(classes)].sort());
  });

  it('draws every class, each differently', async () => {
    const pictures = await Promise.all(classes.map((_, k) => drawImage(family, k, 0, 32, 7, 0)));
    for (const picture of pictures) expect(picture.length).toBe(32 * 32 * 3);
    expect(new Set(pictures.map(digestible)).size).toBe(classes.length);
  });

  it('draws the same for the same identity', async () => {
    expect(await drawImage(family, 1, 5, 48, 7)).toEqual(await drawImage(family, 1, 5, 48, 7));
  });

  it('draws another picture for another instance or seed', async () => {
    const pictures = await Promise.all([
      drawImage(family, 1, 5, 32, 7),
      drawImage(family, 1, 6, 32, 7),
      drawImage(family, 1, 5, 32, 8),
    ]);
    expect(new Set(pictures.map(digestible)).size).toBe(3);
  });
});

it('shares no class between families', () => {
  const signs = new Set(FAMILY_CLASSES['traffic-signs']);
  expect(FAMILY_CLASSES.pictograms.filter((name) => signs.has(name))).toEqual([]);
});

it('draws one scene at every size', async () => {
  const small = await drawImage('traffic-signs', 3, 2, 16, 7, 0);
  const large = await drawImage('traffic-signs', 3, 2, 64, 7, 0);
  let difference = 0;
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (let i = 0; i < 16; i++) sum += large[((4 * y + (i >> 2)) * 64 + 4 * x + (i & 3)) * 3 + k] as number;
        difference += Math.abs(sum / 16 - (small[(y * 16 + x) * 3 + k] as number));
      }
    }
  }
  expect(difference / small.length).toBeLessThan(6);
});

it('is harder to see with difficulty: a small share of the picture is red in a no-entry sign', async () => {
  const redShare = async (difficulty: number): Promise<number> => {
    let red = 0;
    for (let i = 0; i < 12; i++) {
      const pixels = await drawImage('traffic-signs', 0, i, 32, 7, difficulty);
      for (let at = 0; at < pixels.length; at += 3) {
        const [r, g, b] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
        if (r > 120 && r > 1.8 * g && r > 1.8 * b) red++;
      }
    }
    return red / (12 * 32 * 32);
  };
  expect(await redShare(0)).toBeGreaterThan(2 * (await redShare(1)));
});

it('refuses a class that the family lacks', async () => {
  await expect(drawImage('traffic-signs', 8, 0, 32, 7)).rejects.toThrow(
    "expected a class of 'traffic-signs' below 8, got 8",
  );
});

describe('names of drawn images', () => {
  const origin = { type: 'drawn', family: 'traffic-signs', seed: 3, difficulty: 0.5 } as const;

  it('say what to draw', () => {
    expect(drawingOf(origin, fileOf('stop', 12))).toEqual({ ...origin, classIndex: 6, instance: 12 });
  });

  it.each(['stop', 'stop/', 'stop/x', 'go/1', ''])("'%s' is refused", (file) => {
    expect(() => drawingOf(origin, file)).toThrow('the drawn image');
  });
});
