// Features that stay on the device that trains while there is room: an image's features travel there once, not once an epoch.
import type { DeviceRows, Engine, RowsFeed } from '../engines/engine.js';
import { sizeOf } from '../graph/host-tensor.js';
import type { FeatureBlock, FeatureNeed, FeatureNeeds, Features, FeatureSource } from './features.js';

/** A view at a cut, on the device. */
interface KeptBlock {
  readonly rows: DeviceRows;
  /** By position: 1 where the row was written. */
  readonly written: Uint8Array;
}

/**
 * Whoever trains on a device with memory of its own reads features from there. Where there is no more room, what the trial does not need
 * makes place; what finds none still is read as it was without a device.
 */
export class DeviceFeatures implements Features {
  /** The least recently opened first. */
  private readonly kept = new Map<string, Promise<KeptBlock | undefined>>();

  constructor(
    private readonly features: Features,
    private readonly keepRows: NonNullable<Engine['keepRows']>,
  ) {}

  of(needs: FeatureNeeds): FeatureSource {
    const source = this.features.of(needs);
    const keys = new Set(needs.blocks.map((need) => keyOf(need, needs)));
    return {
      open: async (cut, view) => {
        const block = await source.open(cut, view);
        const key = keyOf({ cut, view }, needs);
        const kept = await this.keep(key, block, keys);
        return kept === undefined ? block : { ...block, onDevice: (positions) => readKept(block, kept, positions) };
      },
    };
  }

  /** @param needed what must not make place for it. */
  private async keep(key: string, block: FeatureBlock, needed: ReadonlySet<string>): Promise<KeptBlock | undefined> {
    const known = this.kept.get(key);
    const isThere = (await known)?.rows.isThere === true;
    // Another trial may have asked for it meanwhile.
    const latest = this.kept.get(key);
    const kept = latest !== undefined && (isThere || latest !== known) ? latest : this.make(block, needed);
    this.kept.delete(key);
    this.kept.set(key, kept);
    if ((await kept) === undefined && this.kept.get(key) === kept) this.kept.delete(key);
    return kept;
  }

  private async make(block: FeatureBlock, needed: ReadonlySet<string>): Promise<KeptBlock | undefined> {
    const { images, shape } = block;
    const spare = [...this.kept.keys()].filter((key) => !needed.has(key));
    for (;;) {
      const rows = await this.keepRows(images, shape);
      if (rows !== undefined) return { rows, written: new Uint8Array(images) };
      const other = spare.shift();
      if (other === undefined) return undefined;
      const unused = await this.kept.get(other);
      this.kept.delete(other);
      unused?.rows.dispose();
    }
  }
}

function keyOf({ cut, view }: FeatureNeed, { precision }: FeatureNeeds): string {
  return JSON.stringify([cut, view, precision]);
}

async function readKept(
  block: FeatureBlock,
  { rows, written }: KeptBlock,
  positions: ArrayLike<number>,
): Promise<RowsFeed | undefined> {
  if (!rows.isThere) return undefined;
  const wanted = Uint32Array.from(positions);
  const missing = [...new Set(wanted)].filter((position) => written[position] === 0);
  if (missing.length > 0) {
    const numbers = new Float32Array(missing.length * sizeOf(block.shape));
    await block.gather(missing, numbers);
    await rows.write(Uint32Array.from(missing), numbers);
    for (const position of missing) written[position] = 1;
  }
  return { rows, positions: wanted };
}
