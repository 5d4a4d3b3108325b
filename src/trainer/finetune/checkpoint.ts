// A trial at the end of an epoch, on disk: everything that it needs to resume.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { type Objective, isBetter, valueOf } from '../../study/objective.js';
import type { Report } from '../../study/trial.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { makeTrialFolder, writingToRun } from '../../system/trial-folder.js';
import { type Safetensors, readSafetensors, writeSafetensors } from '../../backbones/weights/safetensors.js';

export const CHECKPOINT = 'checkpoint.safetensors';
export const BEST_WEIGHTS = 'best.safetensors';
/** Beside the weights of a trial's best epoch: what it said of the validation images. */
const PROBABILITIES = 'validation/probabilities';

/** Increased when a checkpoint of an older program could be misread. */
const VERSION = 2;
/** Files from this version on have a checksum. */
const CHECKED_VERSION = 2;

export interface Checkpoint {
  /** Everything of the epochs so far. */
  readonly reports: readonly Report[];
  /** Optimizer steps taken in the current phase. */
  readonly steps: number;
  /** Parameters and optimizer slots. */
  readonly state: ReadonlyMap<string, HostTensor>;
}

/** The best epoch's weights: of the trained blocks and the head. */
export interface BestWeights {
  readonly epoch: number;
  readonly value: number;
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** Of the validation images [images, classes] in that epoch. Earlier versions did not store them. */
  readonly probabilities?: HostTensor;
}

/** What a trial resumes from. */
export interface SavedTrial {
  readonly checkpoint: Checkpoint;
  /** Missing where no epoch has a value, or the file is of an epoch after the checkpoint, which will be made again. */
  readonly best?: BestWeights;
}

/** A trial's two files. Each is written under another name and renamed, so it is complete or absent, unless the disk damages it. */
export class CheckpointFiles {
  /**
   * @param configuration a text that says what was trained; a checkpoint of another configuration is not gone on from.
   * @param check throws where the files are no longer this trial's to write.
   */
  constructor(
    readonly directory: string,
    private readonly configuration: string,
    readonly check: () => void = () => {},
  ) {}

  async write(checkpoint: Checkpoint): Promise<void> {
    this.check();
    makeTrialFolder(this.directory);
    const { reports, steps, state } = checkpoint;
    await this.save(CHECKPOINT, state, { reports: JSON.stringify(reports), steps: String(steps) });
  }

  async writeBest({ epoch, value, weights, probabilities }: BestWeights): Promise<void> {
    this.check();
    makeTrialFolder(this.directory);
    const tensors = new Map(weights);
    if (probabilities !== undefined) tensors.set(PROBABILITIES, probabilities);
    await this.save(BEST_WEIGHTS, tensors, { epoch: String(epoch), value: String(value) });
  }

  /**
   * What the trial resumes from; undefined where there is no checkpoint. Throws ERR_CHECKPOINT where the files are damaged, do not
   * fit each other, or belong to another configuration: starting over gives the same numbers, only later.
   * @param objective by which an epoch is the best; undefined where the last is.
   */
  async read(objective: Objective | undefined): Promise<SavedTrial | undefined> {
    const file = await this.load(CHECKPOINT);
    if (file === undefined) return undefined;
    const reports = parseReports(file.metadata['reports'], join(this.directory, CHECKPOINT));
    const checkpoint = { reports, steps: Number(file.metadata['steps']), state: file.tensors };
    const expected = objective === undefined ? reports.length : bestEpoch(objective, reports);
    if (expected === undefined) return { checkpoint };
    const best = await this.readBest();
    if (best !== undefined && best.epoch > reports.length) return { checkpoint };
    if (best?.epoch === expected) return { checkpoint, best };
    const found = best === undefined ? 'none' : `those of epoch ${best.epoch}`;
    throw problem(join(this.directory, BEST_WEIGHTS), `expected the weights of epoch ${expected}, got ${found}`);
  }

  /** The best epoch's weights, as they were saved last. */
  async readBest(): Promise<BestWeights | undefined> {
    const file = await this.load(BEST_WEIGHTS);
    if (file === undefined) return undefined;
    return { epoch: Number(file.metadata['epoch']), value: Number(file.metadata['value']), weights: file.tensors };
  }

  private async save(
    name: string,
    tensors: ReadonlyMap<string, HostTensor>,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void> {
    const header = { version: String(VERSION), configuration: this.configuration, ...metadata };
    await writingToRun(() => writeSafetensors(join(this.directory, name), tensors, header, { check: this.check }));
  }

  private async load(name: string): Promise<Safetensors | undefined> {
    const path = join(this.directory, name);
    if (!existsSync(path)) return undefined;
    const file = await readTrialWeights(path);
    const { configuration } = file.metadata;
    if (configuration === this.configuration) return file;
    throw problem(path, `expected ${this.configuration}, found ${configuration}`);
  }
}

/**
 * A checkpoint or the best weights of a trial, with its checksum checked.
 * @param trial the number of the trial, where the file must be that trial's.
 * @throws HpoError ERR_CHECKPOINT where the file is missing, damaged, of another trial, or of a later release.
 */
export async function readTrialWeights(
  path: string,
  trial?: number,
): Promise<Safetensors & { readonly probabilities?: HostTensor }> {
  const file = await readSafetensors(path).catch((error: unknown) => {
    throw problem(path, messageOf(error), error);
  });
  const { version } = file.metadata;
  if (!(Number(version) <= VERSION)) {
    throw problem(path, `expected a checkpoint of version ${VERSION} or earlier, got version ${version}`);
  }
  if (!file.isChecked && Number(version) >= CHECKED_VERSION) throw problem(path, 'expected a checksum, got none');
  const found = trialIn(file.metadata['configuration']);
  if (trial !== undefined && found !== undefined && found !== trial) {
    throw problem(path, `expected the weights of trial ${trial}, got those of trial ${found}`);
  }
  const probabilities = file.tensors.get(PROBABILITIES);
  if (probabilities === undefined) return file;
  const tensors = new Map(file.tensors);
  tensors.delete(PROBABILITIES);
  return { ...file, tensors, probabilities };
}

/** The number of the trial that a text says was trained, which is JSON; undefined where it is anything else. */
function trialIn(configuration: string | undefined): number | undefined {
  try {
    const value: unknown = JSON.parse(configuration ?? '');
    const isNamed = typeof value === 'object' && value !== null && 'trial' in value;
    return isNamed && typeof value.trial === 'number' ? value.trial : undefined;
  } catch {
    return undefined;
  }
}

function bestEpoch(objective: Objective, reports: readonly Report[]): number | undefined {
  let best: { readonly epoch: number; readonly value: number } | undefined;
  for (const report of reports) {
    const value = valueOf(objective, report);
    if (value === undefined) continue;
    if (best === undefined || isBetter(objective, value, best.value)) best = { epoch: report.epoch, value };
  }
  return best?.epoch;
}

function parseReports(text: string | undefined, path: string): readonly Report[] {
  try {
    return JSON.parse(text ?? '[]') as Report[];
  } catch (error) {
    throw problem(path, messageOf(error), error);
  }
}

function problem(path: string, what: string, cause?: unknown): HpoError {
  return new HpoError('ERR_CHECKPOINT', what.includes(path) ? what : `${what} at ${path}`, { cause });
}
