// The pixels of an image, as a network takes them in.
import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { HpoError } from '../study/errors.js';
import { draw } from './drawn/draw-image.js';
import { openImage, reasonOf } from './decode.js';
import { type ImageSource, nameOf } from './indexing/image-index.js';

/**
 * How an image becomes square. crop: shorter side to size, the centre kept. stretch: both sides to size. pad: longer
 * side to size, grey around it.
 */
export type Resize = 'crop' | 'stretch' | 'pad';

/** Mid-grey, close to zero after every usual preprocessing. */
const PADDING = { r: 128, g: 128, b: 128 };

/**
 * Reads an image as size × size pixels.
 * @returns RGB, uint8, height · width · 3.
 * @throws HpoError ERR_IMAGE that names the file, where it is missing, truncated, corrupt or of another format.
 */
export async function readPixels(source: ImageSource, size: number, resize: Resize = 'crop'): Promise<Uint8Array> {
  if (source.type === 'drawn') return draw(source, size);
  try {
    const { data, info } = await fit(openImage(await readFile(source.path)), size, resize)
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`expected 3 channels, got ${info.channels}`);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (error) {
    throw new HpoError('ERR_IMAGE', `expected a readable image, got '${reasonOf(error)}' at ${nameOf(source)}`, {
      cause: error,
    });
  }
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
