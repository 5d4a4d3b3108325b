// Pixels: every kind of file becomes upright RGB of the size asked for, or an error that names it.
import { execFileSync } from 'node:child_process';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Resize } from '../../src/images/resize.js';
import { readPixels } from '../../src/images/pixels.js';
import { PictureFolder, redAndBlue } from './indexing/picture-folder.js';
import { HEIC, smallBmp, tiff32 } from './odd-files.js';

async function pixelsOf(content: Uint8Array | string, size = 8, resize?: Resize): Promise<number[][]> {
  await using folder = await PictureFolder.create();
  const path = await folder.write('picture', content);
  const pixels = await readPixels({ type: 'file', path }, size, resize);
  expect(pixels.length).toBe(size * size * 3);
  return Array.from({ length: size * size }, (_, i) => [...pixels.subarray(3 * i, 3 * i + 3)]);
}

const flat = (background: string): Sharp => sharp({ create: { width: 20, height: 10, channels: 3, background } });

function expectNear(pixel: number[] | undefined, expected: number[], tolerance: number): void {
  expect(pixel?.length).toBe(3);
  expected.forEach((value, k) => expect(Math.abs((pixel?.[k] ?? NaN) - value)).toBeLessThanOrEqual(tolerance));
}

describe('formats', () => {
  it.each([
    ['jpeg', () => flat('#3080c0').jpeg({ quality: 100 }).toBuffer()],
    ['png', () => flat('#3080c0').png().toBuffer()],
    ['webp', () => flat('#3080c0').webp({ lossless: true }).toBuffer()],
    ['gif', () => flat('#3080c0').gif().toBuffer()],
    ['tiff', () => flat('#3080c0').tiff().toBuffer()],
    ['avif', () => flat('#3080c0').avif({ lossless: true }).toBuffer()],
  ])('reads %s', async (_, make) => {
    const pixels = await pixelsOf(await make());
    for (const pixel of pixels) expectNear(pixel, [0x30, 0x80, 0xc0], 3);
  });

  it('makes three channels of a grey image', async () => {
    const grey = await flat('#808080').toColourspace('b-w').png().toBuffer();
    for (const pixel of await pixelsOf(grey)) expect(pixel).toEqual([128, 128, 128]);
  });

  it('scales 16-bit grey to 8 bits', async () => {
    const grey = await flat('#808080').toColourspace('grey16').png().toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe('ushort');
    for (const pixel of await pixelsOf(grey)) expectNear(pixel, [128, 128, 128], 1);
  });

  it('lays transparent pixels on white', async () => {
    const clear = await sharp({
      create: { width: 9, height: 9, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    for (const pixel of await pixelsOf(clear)) expect(pixel).toEqual([255, 255, 255]);
  });

  it('converts CMYK', async () => {
    const printed = await flat('#c04020').toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(printed).metadata()).space).toBe('cmyk');
    for (const pixel of await pixelsOf(printed)) expectNear(pixel, [0xc0, 0x40, 0x20], 40);
  });

  it('takes the first frame of an animation', async () => {
    const frames = [flat('#ff0000'), flat('#00ff00')].map((frame) => frame.png().toBuffer());
    const animation = await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif()
      .toBuffer();
    for (const pixel of await pixelsOf(animation)) expectNear(pixel, [255, 0, 0], 2);
  });

  it('turns an image as its EXIF orientation says', async () => {
    const turned = await redAndBlue(64, 64).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const pixels = await pixelsOf(turned);
    expectNear(pixels[4], [255, 0, 0], 12);
    expectNear(pixels[60], [0, 0, 255], 12);
  });
});

describe('resizing', () => {
  it('crops to the centre by default', async () => {
    const wide = await sharp({ create: { width: 30, height: 10, channels: 3, background: '#000000' } })
      .composite([
        { input: { create: { width: 10, height: 10, channels: 3, background: '#ffffff' } }, left: 10, top: 0 },
      ])
      .png()
      .toBuffer();
    const pixels = await pixelsOf(wide, 10);
    for (const i of [0, 9, 44, 90, 99]) expectNear(pixels[i], [255, 255, 255], 1);
  });

  it('stretches', async () => {
    const pixels = await pixelsOf(await redAndBlue(40, 10).png().toBuffer(), 8, 'stretch');
    expectNear(pixels[0], [255, 0, 0], 1);
    expectNear(pixels[7], [0, 0, 255], 1);
  });

  it('pads with grey', async () => {
    const pixels = await pixelsOf(await flat('#ff0000').png().toBuffer(), 8, 'pad');
    expect(pixels[0]).toEqual([128, 128, 128]);
    expectNear(pixels[8 * 4], [255, 0, 0], 1);
  });

  it.each([
    [1, 1],
    [1, 3000],
    [3000, 1],
  ])('copes with %i × %i', async (width, height) => {
    const thin = await sharp({ create: { width, height, channels: 3, background: '#204060' } })
      .png()
      .toBuffer();
    for (const pixel of await pixelsOf(thin)) expect(pixel).toEqual([0x20, 0x40, 0x60]);
  });
});

describe('unreadable files', () => {
  it.each([
    ['an empty file', () => Promise.resolve(new Uint8Array(0))],
    ['text', () => Promise.resolve('not a picture at all')],
    ['half a JPEG', async () => halfOf(await redAndBlue(64, 64).jpeg().toBuffer())],
    ['half a PNG', async () => halfOf(await redAndBlue(64, 64).png().toBuffer())],
    ['the header of a huge PNG', async () => hugeHeader(await flat('#ffffff').png().toBuffer())],
  ])('refuses %s', async (_, make) => {
    await expect(pixelsOf(await make())).rejects.toMatchObject({
      code: 'ERR_IMAGE',
      message: expect.stringContaining('picture') as string,
    });
  });

  it('names a missing file', async () => {
    await expect(readPixels({ type: 'file', path: '/nowhere/at-all.png' }, 8)).rejects.toMatchObject({
      code: 'ERR_IMAGE',
      message: expect.stringContaining('/nowhere/at-all.png') as string,
    });
  });
});

function halfOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** The same bytes, but the header says 10,000 × 10,000; its checksum is put right. */
function hugeHeader(png: Buffer): Uint8Array {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(10_000, 16);
  changed.writeUInt32BE(10_000, 20);
  let crc = 0xffffffff;
  for (const byte of changed.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  changed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 29);
  return changed;
}

describe('formats that sharp does not read by itself', () => {
  it('a HEIC is read like any other image', async () => {
    const pixels = await pixelsOf(HEIC, 8, 'stretch');
    expectNear(pixels[0], [255, 0, 0], 12);
    expectNear(pixels[7], [0, 0, 255], 12);
  });

  it('a BMP has its colours in the right order and its first row at the top', async () => {
    const pixels = await pixelsOf(smallBmp(), 2);
    expect(pixels).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
    ]);
  });

  it('a BMP that lacks rows, or claims more pixels than memory holds, is refused', async () => {
    const short = smallBmp().subarray(0, 60);
    const huge = smallBmp();
    huge.writeInt32LE(2 ** 30, 18);
    await expect(pixelsOf(short)).rejects.toMatchObject({
      code: 'ERR_IMAGE',
      message: expect.stringContaining('truncated') as string,
    });
    await expect(pixelsOf(huge)).rejects.toMatchObject({
      code: 'ERR_IMAGE',
      message: expect.stringContaining('1073741824 × 2 pixels') as string,
    });
  });

  it('float samples in 0 … 1 are scaled to 0 … 255', async () => {
    const pixels = await pixelsOf(tiff32(3, [0, 0.2, 0.6, 1], 2), 2);
    expect(pixels.map(([grey]) => grey)).toEqual([0, 51, 153, 255]);
  });

  it.each([
    ['float samples beyond 1', tiff32(3, [0, 7, 300]), /float samples in 0 … 1 expected, 7 found/],
    ['signed integers of 32 bits', tiff32(2, [0, 5, 70000]), /samples of type int: convert/],
    ['unsigned integers of 32 bits', tiff32(1, [0, 5, 70000]), /samples of type uint: convert/],
  ])('%s have no scale, and are refused in words', async (_, file, message) => {
    await expect(pixelsOf(file)).rejects.toMatchObject({
      code: 'ERR_IMAGE',
      message: expect.stringMatching(message) as string,
    });
  });

  it('an SVG is refused whatever it is called: it is a program', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    await expect(pixelsOf(svg)).rejects.toMatchObject({ code: 'ERR_IMAGE' });
  });
});

describe('what is no file', () => {
  it.skipIf(process.platform === 'win32')('is refused at once: a named pipe, a device', async () => {
    await using folder = await PictureFolder.create();
    const pipe = `${await folder.write('pipe.png', '')}.png`;
    execFileSync('mkfifo', [pipe]);
    await expect(readPixels({ type: 'file', path: pipe }, 8)).rejects.toThrow(/named pipe/);
    await expect(readPixels({ type: 'file', path: '/dev/zero' }, 8)).rejects.toThrow(/a device/);
  });
});
