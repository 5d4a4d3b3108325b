// Reads an image as a network's input: upright, on white, in sRGB, square. Of an animation, the first frame.
import sharp, { type Sharp } from 'sharp';
import { HpoError, messageOf } from '../study/errors.js';
import { readRegularFile } from '../system/regular-file.js';
import { draw } from './drawn/draw-image.js';
import { openImage } from './open-image.js';
import { type ImageSource, nameOf } from './indexing/image-index.js';

/**
 * How an image becomes square. crop: shorter side to size, the centre kept. stretch: both sides to size. pad: longer
 * side to size, grey around it.
 */
export type Resize = 'crop' | 'stretch' | 'pad';

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
