// The slices of a study's images, where its table has columns for them.
import { type ImageIndex, type Split, classOf } from '../../images/indexing/image-index.js';
import { type ColumnSlices, readSlices } from '../../images/tables/read-slices.js';
import type { Slicing } from '../../metrics/slice-scores.js';
import type { ImagesRecord } from '../../study/events.js';
import { recordedLabels } from '../../study/validation-labels.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';

/** Empty where the study names none. @throws HpoError ERR_DATA where a column is missing. */
export async function studySlices(data: DataConfiguration, directory: string): Promise<readonly ColumnSlices[]> {
  return 'table' in data && data.slices !== undefined ? readSlices(data, data.slices, directory) : [];
}

/** What the journal remembers of the images, with the slices of those that trials are validated on: in folds, all but the test images. */
export function withSlices(images: ImagesRecord, slices: readonly ColumnSlices[], index: ImageIndex): ImagesRecord {
  if (slices.length === 0) return images;
  const { folds } = images;
  if (folds === undefined || index.folds === undefined) {
    return { ...images, slices: slicingsOf(slices, index, 'validation') };
  }
  return {
    ...images,
    ...recordedLabels(index.splits.train.map(classOf)),
    folds: { ...folds, parts: index.folds },
    slices: slicingsOf(slices, index, 'train'),
  };
}

/** Which slices the images of a split belong to, in the order of the index. */
export function slicingsOf(slices: readonly ColumnSlices[], { splits }: ImageIndex, split: Split): readonly Slicing[] {
  return slices.map(({ column, values, memberOf }) => ({
    column,
    values,
    members: splits[split].map(({ file }) => memberOf(file)),
  }));
}
