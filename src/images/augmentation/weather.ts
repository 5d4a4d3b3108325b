// Weather: rain, fog and night, each in place on RGB uint8 pixels, size · size · 3.
import type { RandomStream } from '../../math/random.js';
import { noise } from './filters.js';

/** Slanted, half-transparent streaks over a scene that has lost contrast. `amount` in [0, 1]. */
export function rain(pixels: Uint8Array, size: number, amount: number, random: RandomStream): void {
  blend(pixels, 125, 0.3 * amount);
  const slant = random.uniform(-0.35, 0.35);
  const count = Math.round(size * (0.3 + 1.3 * amount));
  const thickness = Math.max(1, Math.round(size / 110));
  for (let i = 0; i < count; i++) {
    streak(pixels, size, {
      x: random.uniform(-0.2, 1.2) * size,
      y: random.uniform(-0.1, 1) * size,
      length: Math.max(2, random.uniform(0.05, 0.16) * size),
      slope: slant + random.uniform(-0.05, 0.05),
      opacity: random.uniform(0.2, 0.55),
      thickness,
    });
  }
}

interface Streak {
  readonly x: number;
  readonly y: number;
  /** In rows. */
  readonly length: number;
  /** Columns per row. */
  readonly slope: number;
  readonly opacity: number;
  readonly thickness: number;
}

const DROP = [205, 212, 222] as const;

function streak(pixels: Uint8Array, size: number, { x, y, length, slope, opacity, thickness }: Streak): void {
  for (let step = 0; step < length; step++) {
    const row = Math.floor(y + step);
    if (row < 0 || row >= size) continue;
    const exact = x + slope * step;
    const first = Math.floor(exact);
    const part = exact - first;
    for (let k = 0; k <= thickness; k++) {
      const column = first + k;
      const share = k === 0 ? 1 - part : k === thickness ? part : 1;
      if (column >= 0 && column < size) mix(pixels, (row * size + column) * 3, DROP, opacity * share);
    }
  }
}

/** Fog of uneven density, thicker toward a random side. `density` in [0, 1] is its mean opacity. */
export function fog(pixels: Uint8Array, size: number, density: number, random: RandomStream): void {
  const grey = random.uniform(175, 235);
  const colour = [grey - 3, grey, grey + 4] as const;
  const patches = randomField(random);
  const [slopeX, slopeY] = [random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5)];
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) {
      const [u, v] = [(x + 0.5) / size, (y + 0.5) / size];
      const unevenness = 0.8 * (patches(u, v) - 0.5) + slopeX * (u - 0.5) + slopeY * (v - 0.5);
      mix(pixels, at, colour, Math.min(1, Math.max(0, density * (1 + unevenness))));
    }
  }
}

/** A smooth random function of the unit square in [0, 1]: a 5 × 5 lattice, bilinear between. */
function randomField(random: RandomStream): (u: number, v: number) => number {
  const cells = 4;
  const lattice = Float64Array.from({ length: (cells + 1) ** 2 }, () => random.next());
  return (u, v) => {
    const x = Math.min(Math.floor(u * cells), cells - 1);
    const y = Math.min(Math.floor(v * cells), cells - 1);
    const [p, q] = [u * cells - x, v * cells - y];
    const at = y * (cells + 1) + x;
    const top = (lattice[at] as number) * (1 - p) + (lattice[at + 1] as number) * p;
    const bottom = (lattice[at + cells + 1] as number) * (1 - p) + (lattice[at + cells + 2] as number) * p;
    return top * (1 - q) + bottom * q;
  };
}

/** Little light, bluish, a headlight's beam somewhere in the middle, and sensor noise. `darkness` in [0, 1]. */
export function night(pixels: Uint8Array, size: number, darkness: number, random: RandomStream): void {
  const ambient = 1 - darkness;
  const beam = darkness * random.uniform(0.2, 0.6);
  const [beamX, beamY] = [random.uniform(0.25, 0.75), random.uniform(0.3, 0.8)];
  const narrowness = random.uniform(6, 18);
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) {
      const [u, v] = [(x + 0.5) / size - beamX, (y + 0.5) / size - beamY];
      const lit = beam / (1 + narrowness * (u * u + v * v));
      clamped[at] = (pixels[at] as number) * (0.8 * ambient + lit);
      clamped[at + 1] = (pixels[at + 1] as number) * (0.88 * ambient + 0.96 * lit);
      clamped[at + 2] = (pixels[at + 2] as number) * (ambient + 0.82 * lit) + 6 * darkness;
    }
  }
  noise(pixels, 0.035 * darkness, random);
}

/** All values toward one grey. */
function blend(pixels: Uint8Array, grey: number, opacity: number): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] as number) * (1 - opacity) + grey * opacity;
}

function mix(pixels: Uint8Array, at: number, colour: readonly [number, number, number], opacity: number): void {
  for (let k = 0; k < 3; k++) {
    pixels[at + k] = (pixels[at + k] as number) * (1 - opacity) + (colour[k] as number) * opacity + 0.5;
  }
}
