// Which precisions each engine has for products and convolutions.
import { HpoError } from '../study/errors.js';
import { type Precision, PRECISIONS } from '../study/precision.js';
import type { EngineName } from './engine.js';

export function precisionsOf(engine: EngineName): readonly Precision[] {
  return engine === 'torch' ? PRECISIONS : ['float32'];
}

/** @throws HpoError ERR_ENGINE where the engine lacks the precision. */
export function checkPrecision(engine: EngineName, precision: Precision): void {
  if (precisionsOf(engine).includes(precision)) return;
  const message = `expected precision float32 on the engine ${engine}, got ${precision}: the engine torch has it (--engine torch)`;
  throw new HpoError('ERR_ENGINE', message);
}
