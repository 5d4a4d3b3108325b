// Digits and letters as strokes, so that drawing needs no font. Each about 0.6 wide and 1 high about the origin, y down.
import { place } from './path.js';

const bowl = 'M-0.22 0.5L-0.22 -0.5L0.02 -0.5C0.36 -0.5 0.36 0.06 0.02 0.06L-0.22 0.06';
const six = 'M0.2 -0.44C-0.05 -0.6 -0.28 -0.3 -0.27 0.12C-0.26 0.62 0.28 0.6 0.28 0.18C0.28 -0.2 -0.2 -0.18 -0.26 0.14';

const GLYPHS: Readonly<Record<string, string>> = {
  '0': 'M0 -0.5C0.37 -0.5 0.37 0.5 0 0.5C-0.37 0.5 -0.37 -0.5 0 -0.5Z',
  '2': 'M-0.25 -0.25C-0.25 -0.6 0.29 -0.58 0.25 -0.2C0.22 0.05 -0.1 0.2 -0.27 0.5L0.28 0.5',
  '3': 'M-0.24 -0.36C-0.15 -0.56 0.25 -0.55 0.25 -0.24C0.25 -0.05 0.08 -0.03 -0.06 -0.03C0.1 -0.03 0.29 0.02 0.29 0.23C0.29 0.58 -0.2 0.58 -0.27 0.33',
  '4': 'M0.12 0.5L0.12 -0.5L-0.3 0.2L0.3 0.2',
  '5': 'M0.24 -0.5L-0.18 -0.5L-0.22 -0.06C-0.05 -0.2 0.28 -0.15 0.28 0.17C0.28 0.56 -0.16 0.58 -0.27 0.33',
  '6': six,
  '7': 'M-0.28 -0.5L0.28 -0.5C0.1 -0.2 -0.05 0.15 -0.08 0.5',
  '9': place(six, 0, 0, -1),
  A: 'M-0.3 0.5L0 -0.5L0.3 0.5M-0.19 0.15L0.19 0.15',
  K: 'M-0.22 -0.5L-0.22 0.5M0.26 -0.5L-0.22 0.05M-0.04 -0.13L0.28 0.5',
  O: 'M0 -0.5C0.4 -0.5 0.4 0.5 0 0.5C-0.4 0.5 -0.4 -0.5 0 -0.5Z',
  P: bowl,
  R: `${bowl}M0 0.06L0.28 0.5`,
  S: 'M0.25 -0.34C0.15 -0.58 -0.26 -0.55 -0.25 -0.24C-0.24 0.08 0.27 -0.08 0.27 0.24C0.27 0.57 -0.18 0.58 -0.28 0.32',
  T: 'M-0.28 -0.5L0.28 -0.5M0 -0.5L0 0.5',
};

/** The strokes of a word of this height about the origin. */
export function word(text: string, height: number): string {
  const advance = 0.8 * height;
  const start = (-advance * (text.length - 1)) / 2;
  return Array.from(text, (letter, i) => place(GLYPHS[letter] as string, start + i * advance, 0, height)).join('');
}
