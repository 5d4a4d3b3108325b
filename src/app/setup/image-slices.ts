// The slices of a study's images, where its table has columns for them.
import type { ImageIndex, Split } from '../../images/indexing/image-index.js';
import { type ColumnSlices, readSlices } from '../../images/tables/read-slices.js';
import type { Slicing } from '../../metrics/slice-scores.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';

/** Empty where the study names none. @throws HpoError ERR_DATA where a column is missing. */
export async function studySlices(data: DataConfiguration, directory: string): Promise<readonly ColumnSlices[]> {
  return 'table' in data && data.slices !== undefined ? readSlices(data, data.slices, directory) : [];
}

/** Which slices the images of a split belong to, in the order of the index. */
export function slicingsOf(slices: readonly ColumnSlices[], { splits }: ImageIndex, split: Split): readonly Slicing[] {
  return slices.map(({ column, values, memberOf }) => ({
    column,
    values,
    members: splits[split].map(({ file }) => memberOf(file)),
  }));
}
