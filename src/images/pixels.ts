// Reads an image file, whatever its format, as a network's input: upright, on white, in sRGB, square. Of an animation, the first frame.
import sharp, { type Sharp } from 'sharp';
import { HpoError, messageOf } from '../study/errors.js';
import { readRegularFile } from '../system/regular-file.js';
import { draw } from './drawn/draw-image.js';
import type { Resize } from './resize.js';
import { type ImageSource, nameOf } from './indexing/image-index.js';

/** More than any photograph has. */
const MAX_IMAGE_BYTES = 2 ** 30;

/** Mid-grey, close to zero after every usual preprocessing. */
const PADDING = { r: 128, g: 128, b: 128 };

/**
 * Sets sharp up for a process that decodes many images at once: one thread each, nothing cached. Call it once in every process.
 * Worker threads share the setting.
 */
export function configureSharp(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

/**
 * Reads an image as size × size pixels.
 * @returns RGB, uint8, height · width · 3.
 * @throws HpoError ERR_IMAGE that names the file, where it is missing, truncated, corrupt or of another format.
 */
export async function readPixels(source: ImageSource, size: number, resize: Resize = 'crop'): Promise<Uint8Array> {
  if (source.type === 'drawn') return draw(source, size);
  try {
    return await decode(await readImage(source.path), size, resize);
  } catch (error) {
    throw unreadable(nameOf(source), error);
  }
}

/** As `readPixels`, for an image in memory. @param bytes of a file: JPEG, PNG, WebP, … @param name for error messages. */
export async function decodePixels(bytes: Uint8Array, size: number, resize: Resize, name: string): Promise<Uint8Array> {
  try {
    return await decode(bytes, size, resize);
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function decode(bytes: Uint8Array, size: number, resize: Resize): Promise<Uint8Array> {
  const { data, info } = await fit(await openImage(bytes), size, resize)
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`expected 3 channels, got ${info.channels}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function unreadable(name: string, cause: unknown): HpoError {
  return new HpoError('ERR_IMAGE', `expected a readable image, got '${reasonOf(cause)}' at ${name}`, { cause });
}

/** The bytes of an image file: never of a pipe or a device, which have no end. */
export function readImage(path: string): Promise<Buffer> {
  return readRegularFile(path, MAX_IMAGE_BYTES);
}

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'heic' | 'bmp';

/** The most pixels that an image may have: sharp's own limit, against files that claim more than memory holds. */
const MOST_PIXELS = 0x3fff ** 2;

/** The format of a file by its first bytes; undefined where it is none that is read here. An SVG is none: it is a program. */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const begins = (...start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte);
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (begins(0xff, 0xd8, 0xff)) return 'jpeg';
  if (begins(0x89, 0x50, 0x4e, 0x47)) return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (text(0, 4) === 'GIF8') return 'gif';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp') {
    // The major brand, then the compatible ones, up to the end of the box.
    const end = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    const brands = text(8, Math.min(end, 128)).match(/.{4}/gs) ?? [];
    if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
    if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return 'heic';
  }
  return text(0, 2) === 'BM' && bytes.length > 26 ? 'bmp' : undefined;
}

/**
 * A pipeline that yields 8-bit sRGB without alpha from a JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC or BMP: EXIF orientation applied,
 * transparency laid on white; grey, 16-bit and CMYK converted; 32-bit float samples scaled from 0 … 1.
 * Rejects where the format is another one, or the samples have no scale; when read, where the file is truncated or corrupt.
 */
export async function openImage(bytes: Uint8Array): Promise<Sharp> {
  const format = formatOf(bytes);
  if (format === undefined) throw new Error('not an image of a format that is read here');
  const image = await decoded(bytes, format);
  return image.flatten({ background: '#ffffff' }).toColourspace('srgb');
}

async function decoded(bytes: Uint8Array, format: ImageFormat): Promise<Sharp> {
  switch (format) {
    case 'heic':
      return fromHeic(bytes);
    case 'bmp':
      return fromBmp(bytes);
    case 'tiff':
      return fromTiff(bytes);
    default:
      return sharp(bytes, { failOn: 'error' }).autoOrient();
  }
}

/** Sharp's own build has no decoder for HEVC; libheif, as WebAssembly, has. It applies the file's own rotation. */
async function fromHeic(bytes: Uint8Array): Promise<Sharp> {
  const { default: heic } = await import('heic-decode');
  // The decoder allocates what the file claims, so its size is looked at first.
  const images = await heic.all({ buffer: bytes }).catch((error: unknown) => {
    const message = messageOf(error);
    throw new Error(
      message === 'HEIF image not found' ? 'no image that can be decoded is in this HEIC file' : message,
      { cause: error },
    );
  });
  try {
    const [image] = images;
    if (image === undefined) throw new Error('no image in the file');
    checkSize(image.width, image.height);
    const { data, width, height } = await image.decode();
    return sharp(data, { raw: { width, height, channels: 4 } });
  } finally {
    images.dispose();
  }
}

async function fromBmp(bytes: Uint8Array): Promise<Sharp> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 54 || buffer.readUInt32LE(14) < 40) throw new Error('a BMP of an old kind: convert it to PNG');
  const [columns, rows] = [buffer.readInt32LE(18), Math.abs(buffer.readInt32LE(22))];
  checkSize(columns, rows);
  const [offset, bits, compression] = [buffer.readUInt32LE(10), buffer.readUInt16LE(28), buffer.readUInt32LE(30)];
  const rowBytes = 4 * Math.ceil((columns * bits) / 32);
  if (compression === 0 && buffer.length < offset + rowBytes * rows) throw new Error('truncated');
  const { decode } = await import('bmp-ts');
  const { data, width, height } = decode(buffer);
  // From ABGR to RGB. Most writers leave the alpha byte at 0 and mean opaque.
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0, at = 0; at < pixels.length; i += 4) {
    pixels[at++] = data[i + 3]!;
    pixels[at++] = data[i + 2]!;
    pixels[at++] = data[i + 1]!;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Libvips takes float samples for 0 … 255, so pixels in 0 … 1 would be black; integers of 32 bits have no usual scale. */
async function fromTiff(bytes: Uint8Array): Promise<Sharp> {
  const image = sharp(bytes, { failOn: 'error' }).autoOrient();
  const { depth } = await image.metadata();
  if (depth === 'uchar' || depth === 'ushort') return image;
  if (depth !== 'float' && depth !== 'double') {
    throw new Error(`samples of type ${depth}: convert the image to 8 or 16 bits a sample`);
  }
  const { data, info } = await image.raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  const samples = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const pixels = new Uint8Array(samples.length);
  for (const [i, sample] of samples.entries()) {
    if (!(sample >= 0 && sample <= 1)) {
      throw new Error(`float samples in 0 … 1 expected, ${sample} found: convert the image to 8 or 16 bits a sample`);
    }
    pixels[i] = Math.round(255 * sample);
  }
  const { width, height, channels } = info;
  return sharp(pixels, { raw: { width, height, channels } });
}

function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= MOST_PIXELS) return;
  throw new Error(`an image of ${width} × ${height} pixels`);
}

/** Why an image could not be read, in words. All threads share libvips' text of an error, so a thread may find it empty. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error).trim();
  return message === '' || message === 'Unknown error' ? 'truncated or corrupt' : message;
}

function fit(image: Sharp, size: number, resize: Resize): Sharp {
  const kernel = 'cubic';
  switch (resize) {
    case 'crop':
      return image.resize(size, size, { fit: 'cover', position: 'centre', kernel });
    case 'stretch':
      return image.resize(size, size, { fit: 'fill', kernel });
    case 'pad':
      return image.resize(size, size, { fit: 'contain', background: PADDING, kernel });
  }
}
