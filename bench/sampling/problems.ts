// Test functions for samplers: where the optimum is, how noisy the noisy variant is. bench/peers/problems.py is their twin.
import type { Domain, Domains, Parameters } from '../../src/study/parameters.js';

export interface Problem {
  readonly name: string;
  readonly domains: Domains;
  /** To be minimised; its minimum is 0. */
  regret(parameters: Parameters): number;
  /** Standard deviation of the noisy variant's noise. */
  readonly noise: number;
}

const float = (min: number, max: number): Domain => ({ type: 'float', min, max, scale: 'linear' });
const cube = (dimensions: number, min: number, max: number): Domains =>
  Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, float(min, max)]));
const vector = (parameters: Parameters): number[] => Object.values(parameters).map(Number);

/** Surjanovic and Bingham, Virtual Library of Simulation Experiments. */
const hartmann6: Problem = {
  name: 'hartmann6',
  domains: cube(6, 0, 1),
  noise: 0.1,
  regret(parameters) {
    const alpha = [1, 1.2, 3, 3.2];
    const a = [
      [10, 3, 17, 3.5, 1.7, 8],
      [0.05, 10, 17, 0.1, 8, 14],
      [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ];
    const p = [
      [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
      [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
      [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
      [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    const x = vector(parameters);
    const terms = alpha.map((weight, i) => {
      const distance = x.reduce((sum, xj, j) => sum + (a[i]?.[j] ?? 0) * (xj - (p[i]?.[j] ?? 0)) ** 2, 0);
      return weight * Math.exp(-distance);
    });
    return 3.322368011415515 - terms.reduce((sum, term) => sum + term, 0);
  },
};

const branin: Problem = {
  name: 'branin',
  domains: { x0: float(-5, 10), x1: float(0, 15) },
  noise: 2,
  regret(parameters) {
    const [x = 0, y = 0] = vector(parameters);
    const parabola = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return parabola ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816;
  },
};

/** The usual box, moved by a fifth of its width: the optimum is not in the middle, where some samplers start. */
const ackley10: Problem = {
  name: 'ackley10',
  domains: cube(10, -32.768 * 0.6, 32.768 * 1.4),
  noise: 0.5,
  regret(parameters) {
    const x = vector(parameters);
    const square = x.reduce((sum, xi) => sum + xi * xi, 0) / x.length;
    const wave = x.reduce((sum, xi) => sum + Math.cos(2 * Math.PI * xi), 0) / x.length;
    return -20 * Math.exp(-0.2 * Math.sqrt(square)) - Math.exp(wave) + 20 + Math.E;
  },
};

/** Moved likewise: the usual box has a value of 3 in its middle. */
const rosenbrock4: Problem = {
  name: 'rosenbrock4',
  domains: cube(4, -2.048 * 0.6, 2.048 * 1.4),
  noise: 10,
  regret(parameters) {
    const x = vector(parameters);
    return x.slice(1).reduce((sum, next, i) => {
      const xi = x[i] ?? 0;
      return sum + 100 * (next - xi * xi) ** 2 + (1 - xi) ** 2;
    }, 0);
  },
};

/**
 * What fine-tuning looks like: the best learning rate falls with depth and rises with batch size, too high a rate collapses the
 * score, the augmentation decides the best dropout. Its value is 0.9 − macro F1.
 */
const finetuning: Problem = {
  name: 'finetuning',
  domains: {
    learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
    batchSize: { type: 'choice', values: [8, 16, 32, 64], ordinal: true },
    unfreezeDepth: { type: 'int', min: 0, max: 4, scale: 'linear' },
    dropout: float(0, 0.6),
    l2: { type: 'float', min: 1e-7, max: 1e-2, scale: 'log' },
    augmentation: { type: 'choice', values: ['none', 'flip', 'standard', 'strong'], ordinal: false },
  },
  noise: 0.01,
  regret(parameters) {
    const depth = Number(parameters.unfreezeDepth);
    const batch = Math.log2(Number(parameters.batchSize) / 16);
    const rate = Math.log10(Number(parameters.learningRate));
    const decay = Math.log10(Number(parameters.l2));
    const augmentation = ['none', 'flip', 'standard', 'strong'].indexOf(String(parameters.augmentation));
    const bestRate = -3.2 - 0.25 * depth + 0.3 * batch;
    const bestDropout = [0.45, 0.35, 0.3, 0.15][augmentation] ?? 0;
    const over = Math.min(1, Math.max(0, (rate - bestRate - 0.75) / 0.5));
    const loss =
      0.06 * (rate - bestRate) ** 2 +
      0.012 * (depth - 3) ** 2 +
      0.2 * (Number(parameters.dropout) - bestDropout) ** 2 +
      0.005 * (decay + 5.2) ** 2 +
      0.008 * batch ** 2 +
      ([0.03, 0.012, 0.01, 0][augmentation] ?? 0) +
      0.5 * over ** 2;
    return Math.min(0.8, loss);
  },
};

/** Surjanovic and Bingham as above, as are the two below. */
const levy5: Problem = {
  name: 'levy5',
  domains: cube(5, -10, 10),
  noise: 2,
  regret(parameters) {
    const w = vector(parameters).map((xi) => 1 + (xi - 1) / 4);
    const [first = 0, last = 0] = [w[0], w.at(-1)];
    const wave = w
      .slice(0, -1)
      .reduce((sum, wi) => sum + (wi - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * wi + 1) ** 2), 0);
    return Math.sin(Math.PI * first) ** 2 + wave + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
  },
};

const styblinskiTang5: Problem = {
  name: 'styblinskiTang5',
  domains: cube(5, -5, 5),
  noise: 5,
  regret: (parameters) =>
    vector(parameters).reduce((sum, xi) => sum + (xi ** 4 - 16 * xi ** 2 + 5 * xi) / 2 + 39.16616570377142, 0),
};

const camel: Problem = {
  name: 'camel',
  domains: { x0: float(-3, 3), x1: float(-2, 2) },
  noise: 0.1,
  regret(parameters) {
    const [x = 0, y = 0] = vector(parameters);
    return (4 - 2.1 * x ** 2 + x ** 4 / 3) * x ** 2 + x * y + (4 * y ** 2 - 4) * y ** 2 + 1.0316284534898774;
  },
};

export const problems: readonly Problem[] = [hartmann6, branin, ackley10, rosenbrock4, finetuning];

/** Looked at only when the samplers were done, to see that they do as well on what they were not tuned on. */
export const keptAside: readonly Problem[] = [levy5, styblinskiTang5, camel];
