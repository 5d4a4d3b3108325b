// Opens an image once, to know that it can be decoded, what it contains and what it looks like.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openImage, reasonOf } from '../pixels.js';
import { shortHex } from './image-index.js';

/** Width and height of the thumbnail from which likeness is judged: 8 × 8 differences between neighbours. */
export const THUMBNAIL = { width: 9, height: 8 } as const;

/** What was found in a file. */
export type Inspection =
  | {
      readonly readable: true;
      readonly digest: string;
      /** Luminance, uint8, row by row, base64. */
      readonly thumbnail: string;
    }
  | { readonly readable: false; readonly reason: string };

/** Reads and decodes the whole file, at a small scale where the format allows. Never rejects because of the file. */
export async function inspect(path: string): Promise<Inspection> {
  try {
    const bytes = await readFile(path);
    if (bytes.length === 0) return { readable: false, reason: 'empty file' };
    const { width, height } = THUMBNAIL;
    const thumbnail = await openImage(bytes)
      .greyscale()
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw({ depth: 'uchar' })
      .toBuffer();
    const digest = shortHex(createHash('sha256').update(bytes).digest('hex'));
    return { readable: true, digest, thumbnail: thumbnail.toString('base64') };
  } catch (error) {
    return { readable: false, reason: reasonOf(error) };
  }
}
