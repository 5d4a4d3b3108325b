// What PyTorch computes on ONNX files of timm's networks (../shared/README.md), and the numbers that both are fed with.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = '../shared/onnx';

const figures = z.object({
  side: z.number(),
  images: z.number(),
  features: z.object({ shape: z.array(z.number()), std: z.number() }),
  featuresAll: z.array(z.array(z.number())),
  loss: z.number(),
  gradients: z.record(
    z.string(),
    z.object({ shape: z.array(z.number()), mean: z.number(), std: z.number(), first: z.array(z.number()) }),
  ),
});

export type Figures = z.output<typeof figures>;

/** The names of the files without their endings; none where the folder is missing. */
export const GOLDEN_FILES: readonly string[] = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith('.onnx'))
      .map((file) => file.slice(0, -'.onnx'.length))
  : [];

export function goldenFile(name: string): { readonly model: string; readonly figures: Figures } {
  const text = readFileSync(`${FOLDER}/${name}.json`, 'utf8');
  return { model: `${FOLDER}/${name}.onnx`, figures: figures.parse(JSON.parse(text)) };
}

/** The first numbers of the mulberry32 generator that a path seeds by its FNV-1a hash, each through `map`. */
export function uniform(path: string, count: number, map: (u: number) => number): Float32Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(path)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => map(next()));
}
