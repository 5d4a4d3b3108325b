// Opening images with sharp, always in the same way: upright, on white, in sRGB, the first frame alone.
import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../study/errors.js';

/**
 * Makes sharp fit for a process that decodes many images at once: one thread each, nothing cached. Call it once in
 * every process; worker threads of a process share the setting.
 */
export function configureSharp(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

/**
 * A pipeline that yields 8-bit sRGB without alpha from a JPEG, PNG, WebP, GIF, TIFF or AVIF: EXIF orientation applied,
 * transparency laid on white; grey, 16-bit and CMYK converted. Rejects when read where the file is truncated or corrupt.
 */
export function openImage(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'error' }).autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
}

/** Why an image could not be read, in words. libvips keeps one text for all threads, so it is at times lost to another. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error).trim();
  return message === '' || message === 'Unknown error' ? 'truncated or corrupt' : message;
}
