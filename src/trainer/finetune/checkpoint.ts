// A trial at the end of an epoch, on disk: everything that it needs to resume.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Report } from '../../study/trial.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { type Safetensors, readSafetensors, writeSafetensors } from '../../backbones/weights/safetensors.js';

const CHECKPOINT = 'checkpoint.safetensors';
const BEST = 'best.safetensors';

/** Increased when a checkpoint of an older program could be misread. */
const VERSION = 1;

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
}

/** A trial's two files. Each is written under another name and renamed, so it is complete or absent. */
export class CheckpointFiles {
  /** @param configuration a text that identifies what is trained; a checkpoint of another configuration is refused. */
  constructor(
    readonly directory: string,
    private readonly configuration: string,
  ) {}

  async write(checkpoint: Checkpoint): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const { reports, steps, state } = checkpoint;
    await this.save(CHECKPOINT, state, { reports: JSON.stringify(reports), steps: String(steps) });
  }

  async writeBest({ epoch, value, weights }: BestWeights): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await this.save(BEST, weights, { epoch: String(epoch), value: String(value) });
  }

  /** The last checkpoint; undefined where there is none. Throws ERR_CHECKPOINT where it is of another configuration. */
  async read(): Promise<Checkpoint | undefined> {
    const file = await this.load(CHECKPOINT);
    if (file === undefined) return undefined;
    const reports = JSON.parse(file.metadata['reports'] ?? '[]') as Report[];
    return { reports, steps: Number(file.metadata['steps']), state: file.tensors };
  }

  async readBest(): Promise<BestWeights | undefined> {
    const file = await this.load(BEST);
    if (file === undefined) return undefined;
    return { epoch: Number(file.metadata['epoch']), value: Number(file.metadata['value']), weights: file.tensors };
  }

  private async save(
    name: string,
    tensors: ReadonlyMap<string, HostTensor>,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void> {
    const header = { version: String(VERSION), configuration: this.configuration, ...metadata };
    await writeSafetensors(join(this.directory, name), tensors, header);
  }

  private async load(name: string): Promise<Safetensors | undefined> {
    const path = join(this.directory, name);
    if (!existsSync(path)) return undefined;
    const file = await readSafetensors(path).catch((error: unknown) => {
      throw new HpoError('ERR_CHECKPOINT', `${path}: ${messageOf(error)}`, { cause: error });
    });
    const { version, configuration } = file.metadata;
    if (version !== String(VERSION) || configuration !== this.configuration) {
      throw new HpoError('ERR_CHECKPOINT', `${path}: expected ${this.configuration}, found ${configuration}`);
    }
    return file;
  }
}
