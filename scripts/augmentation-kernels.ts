// The compiled pixel loops of augmentation, from their text.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const SOURCE = fileURLToPath(new URL('../src/images/augmentation/kernels.wat', import.meta.url));

/** The bytes of assets/augmentation.wasm. */
export async function compiledKernels(): Promise<Uint8Array> {
  const module = (await wabt()).parseWat(SOURCE, readFileSync(SOURCE, 'utf8'), { simd: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
