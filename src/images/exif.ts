// What a camera wrote into an image file: which camera it was, and when.
import type { Sharp } from 'sharp';

export interface Taken {
  /** Make, model and serial number, as far as they are known; '' where none is. */
  readonly camera: string;
  /** Whether the serial number is known, so that `camera` is one device. */
  readonly isOneDevice: boolean;
  /** Seconds, on the camera's clock. */
  readonly second?: number;
}

/** In a JPEG, metadata of a camera stands before the pixels; elsewhere it may stand at the end. */
const HEAD = 1 << 16;

/** Undefined where the file has no such data, or it cannot be read. */
export async function takenOf(bytes: Uint8Array, image: Sharp): Promise<Taken | undefined> {
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD));
  if (isJpeg && !head.includes('Exif\0\0')) return undefined;
  try {
    const { exif } = await image.metadata();
    if (exif === undefined) return undefined;
    const { default: read } = await import('exif-reader');
    const { Image, Photo } = read(exif);
    const serial = textOf(Photo?.BodySerialNumber);
    const camera = [textOf(Image?.Make), textOf(Image?.Model), serial].filter((one) => one !== '').join(' ');
    const time = Photo?.DateTimeOriginal;
    const second =
      time instanceof Date && Number.isFinite(time.getTime()) ? Math.round(time.getTime() / 1000) : undefined;
    if (camera === '' && second === undefined) return undefined;
    return { camera, isOneDevice: serial !== '', ...(second === undefined ? {} : { second }) };
  } catch {
    return undefined; // a note by the camera, which no pixel depends on
  }
}

/** Without what cameras pad texts with. */
function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
        .replace(/[\0\s]+/g, ' ')
        .trim()
        .slice(0, 100)
    : '';
}
