// All operators whose meaning, and so whose gradient, is known here.
import type { Operator } from '../node-view.js';
import { CUTS } from './cutting.js';
import { ELEMENTWISE } from './elementwise.js';
import { NORMALIZATION } from './normalization.js';
import { PRODUCTS } from './products.js';
import { RESIZES } from './resize.js';
import { SHAPES } from './shapes.js';
import { WINDOWS } from './windows.js';

const STANDARD = new Map<string, Operator>(
  [ELEMENTWISE, PRODUCTS, WINDOWS, NORMALIZATION, SHAPES, CUTS, RESIZES].flatMap((group) => Object.entries(group)),
);

/** Operators of onnxruntime that exporters and optimizers write, by a standard one of the same meaning. */
const CONTRIBUTED = new Set(['Gelu', 'LayerNormalization', 'SimplifiedLayerNormalization']);

/** undefined where the operator is not known. */
export function operatorOf(domain: string, opType: string): Operator | undefined {
  if (domain === '') return STANDARD.get(opType);
  return domain === 'com.microsoft' && CONTRIBUTED.has(opType) ? STANDARD.get(opType) : undefined;
}
