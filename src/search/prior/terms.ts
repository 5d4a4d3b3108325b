// What the prior looks at in a configuration, as named numbers. A field that it does not know has no term.

/** What is known of a backbone, as far as it is. */
export interface NetworkFacts {
  readonly name: string;
  /** Millions. */
  readonly parameters?: number;
  /** Billions, forward, for one image at its input size. */
  readonly multiplyAccumulates?: number;
  /** Pixels a side. */
  readonly inputSize?: number;
  readonly kind?: 'convolutional' | 'hybrid' | 'transformer';
  /** Whether its weights were trained on photographs. Of a file it is taken for true. */
  readonly isPhotographic?: boolean;
}

/** A configuration of fine-tuning. Missing: not known. */
export interface FineTuning {
  /** Fields of `training`, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The share of the network that is trained, from 0 (the head alone) to 1. */
  readonly unfrozenShare?: number;
  readonly network?: NetworkFacts;
}

const OPTIMIZERS = ['adam', 'adamp', 'adamw', 'momentum', 'sgd'];
const SCHEDULES = ['cosine', 'plateau', 'step'];
const ADAPTIVE: ReadonlySet<string> = new Set(['adam', 'adamp', 'adamw']);
/** The middle of what was recorded. */
const MIDDLE = { logRate: -3.5, logBatch: 4, share: 0.4, logDecay: -3, inputSize: 300 };
const LEAST_DECAY = 1e-6;

/** Numbers of about size 1 by name. */
export function termsOf({ fields, unfrozenShare: share, network }: FineTuning): Map<string, number> {
  const terms = new Map<string, number>();
  const rate = logOf(fields['learningRate'], (x) => (Math.log10(x) - MIDDLE.logRate) / 2);
  const batch = logOf(fields['batchSize'], (x) => (Math.log2(x) - MIDDLE.logBatch) / 4);
  const decay = numberOf(fields['weightDecay'], (x) => (Math.log10(Math.max(x, LEAST_DECAY)) - MIDDLE.logDecay) / 3);
  const optimizer = optimizerOf(fields);
  const add = (name: string, ...factors: readonly (number | undefined)[]): void => {
    const value = factors.reduce((product, factor) => multiplied(product, factor), 1);
    if (value !== undefined) terms.set(name, value);
  };
  add('rate', rate);
  add('rate²', rate, rate);
  add('batch', batch);
  add('batch²', batch, batch);
  add('rate·batch', rate, batch);
  levels('optimizer', OPTIMIZERS, optimizer, terms);
  if (OPTIMIZERS.includes(optimizer ?? '')) {
    const adaptive = ADAPTIVE.has(optimizer ?? '') ? 1 : -1;
    add('adaptive·rate', adaptive, rate);
    add('adaptive·rate²', adaptive, rate, rate);
    add('adaptive·batch', adaptive, batch);
  }
  const trained = share === undefined ? undefined : share - MIDDLE.share;
  const headOnly = share === undefined ? undefined : Number(share === 0);
  add('share', trained);
  add('share²', 2, trained, trained);
  add('share·rate', trained, rate);
  add('headOnly', headOnly);
  add('headOnly·rate', headOnly, rate);
  add(
    'dropout',
    numberOf(fields['dropout'], (x) => 2 * x),
  );
  add('decay', decay);
  add('decay·rate', decay, rate);
  levels('schedule', SCHEDULES, scheduleOf(fields['schedule']), terms);
  add('augmented', typeof fields['augmentation'] === 'string' ? Number(fields['augmentation'] !== 'none') : undefined);
  add(
    'mixup',
    numberOf(fields['mixup'], (x) => Math.log1p(x) / 2),
  );
  add(
    'cutmix',
    numberOf(fields['cutmix'], (x) => Math.log1p(x) / 2),
  );
  add(
    'smoothing',
    numberOf(fields['labelSmoothing'], (x) => 10 * x),
  );
  add(
    'blockDecay',
    numberOf(fields['blockDecay'], (x) => Number(x < 1)),
  );
  // Only the recordings have this one.
  const probing = numberOf(fields['linearProbing'], (x) => x);
  add('probing', probing);
  add('probing·rate', probing, rate);
  if (network === undefined) return terms;
  const size = logOf(network.parameters, Math.log10);
  add('network size', size);
  add('network size·rate', size, rate);
  add('network size·share', size, share);
  add('network work', logOf(network.multiplyAccumulates, Math.log10));
  add(
    'input size',
    numberOf(network.inputSize, (x) => (x - MIDDLE.inputSize) / 150),
  );
  const transformer = network.kind === undefined ? undefined : Number(network.kind === 'transformer');
  add('convolutional', network.kind === undefined ? undefined : Number(network.kind === 'convolutional'));
  add('transformer', transformer);
  add('transformer·rate', transformer, rate);
  // Less than 1, so that what networks have in common is preferred to what is a single one's.
  terms.set(`network ${network.name}`, 0.7);
  return terms;
}

function multiplied(product: number | undefined, factor: number | undefined): number | undefined {
  return product === undefined || factor === undefined ? undefined : product * factor;
}

function numberOf(value: unknown, map: (value: number) => number): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? map(value) : undefined;
}

function logOf(value: unknown, map: (value: number) => number): number | undefined {
  return typeof value === 'number' && value > 0 ? map(value) : undefined;
}

/** One term for each level, all of them or none. */
function levels(name: string, known: readonly string[], value: string | undefined, terms: Map<string, number>): void {
  if (value === undefined || !known.includes(value)) return;
  for (const level of known) terms.set(`${name} ${level}`, Number(level === value));
}

function optimizerOf({ optimizer, momentum }: FineTuning['fields']): string | undefined {
  if (typeof optimizer !== 'string') return undefined;
  return optimizer === 'sgd' && typeof momentum === 'number' && momentum > 0 ? 'momentum' : optimizer;
}

function scheduleOf(schedule: unknown): string | undefined {
  if (typeof schedule !== 'string') return undefined;
  return schedule === 'multistep' ? 'step' : schedule;
}
