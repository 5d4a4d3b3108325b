// The pixel loops of kernels.wat and the memory that they work in, one of each thread.
import { readFileSync } from 'node:fs';

/** The same from dist/images/augmentation and from src/images/augmentation. */
const COMPILED = new URL('../../../assets/augmentation.wasm', import.meta.url);

/** Bytes. */
const PAGE = 65536;
/** Beyond the end of what kernels read and write. */
const SPARE = 16;
/** For a filter's lines, weights and widened row: three pixels, a pointer and a weight for each of so many places a row. */
const FILTER_BYTES_A_PIXEL = 16;

/** Numbers are whole and addresses in bytes where kernels.wat says nothing else. */
interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly warpRow: (
    from: number,
    to: number,
    size: number,
    sourceX: number,
    sourceY: number,
    stepX: number,
    stepY: number,
  ) => void;
  sums(at: number, bytes: number): [red: number, green: number, blue: number];
  recolour(at: number, bytes: number, ...rows: readonly number[]): void;
  readonly weighLines: (lines: number, weights: number, taps: number, to: number, bytes: number) => void;
}

/** Where things are in the memory, for images of one size. */
export interface Places {
  /** The image that is worked on. */
  readonly canvas: number;
  /** Another one. */
  readonly other: number;
  /** For what a filter needs beside them. */
  readonly filter: number;
}

/** What of it is used here; TypeScript has its types among those of browsers alone. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: unknown };
  };
};

let compiled: Kernels | undefined;

export function kernels(): Kernels {
  compiled ??= new WebAssembly.Instance(new WebAssembly.Module(readFileSync(COMPILED))).exports as Kernels;
  return compiled;
}

/** Makes room for images of so many bytes, RGB, of a square. Views of the memory that were made before may not hold any more. */
export function placesFor(bytes: number): Places {
  const image = Math.ceil((bytes + SPARE) / SPARE) * SPARE;
  const filter = 2 * image;
  const end = filter + FILTER_BYTES_A_PIXEL * Math.ceil(Math.sqrt(bytes / 3)) + 64 * SPARE;
  const { memory } = kernels();
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return { canvas: 0, other: image, filter };
}

/** The canvas itself, for an image of so many bytes. What is done to it by `onCanvas` takes no copies. */
export function canvasOf(bytes: number): Uint8Array {
  const { canvas } = placesFor(bytes);
  return new Uint8Array(kernels().memory.buffer, canvas, bytes);
}

/** Works on pixels in place: on the canvas, where they are brought and fetched back unless they are there. */
export function onCanvas(pixels: Uint8Array, work: (places: Places) => void): void {
  if (pixels.length === 0) return;
  const places = placesFor(pixels.length);
  const { buffer } = kernels().memory;
  if (pixels.buffer === buffer) return work(places);
  const canvas = new Uint8Array(buffer, places.canvas, pixels.length);
  canvas.set(pixels);
  work(places);
  pixels.set(canvas);
}
