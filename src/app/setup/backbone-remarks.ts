// What a person should know about the backbone of a study, before its trials run and when they are done.
import { backboneChoices, weightsFor } from '../../study/schema/backbone-schema.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { hasBatchNorm } from '../../trainer/finetune/batch-norm-statistics.js';
import type { CheckedBackbone } from './check-backbone.js';
import { fieldValues } from './field-values.js';

/** QuickNet knows drawn pictograms alone. The text is part of journals, so that it is the same however the program was started. */
export const QUICKNET_WARNING =
  'WARNING: backbone quicknet is NOT FOR PHOTOGRAPHS. It is pre-trained on drawn pictograms of 64 pixels and gives poor results on photographs. Use mobilenetv3small instead ("backbone": { "name": "mobilenetv3small" }); its weights are downloaded by themselves.';

/** Backbones without BatchNorm where trials are to have the target's statistics: the field changes nothing there. */
export function statisticsRemarks(
  definition: Pick<StudyDefinition, 'training' | 'space'>,
  backbones: readonly Pick<CheckedBackbone, 'backbone'>[],
): string[] {
  if (!fieldValues(definition, 'batchNormStatistics').includes('target')) return [];
  const without = backbones.filter(({ backbone }) => !hasBatchNorm(backbone)).map(({ backbone }) => backbone.name);
  if (without.length === 0) return [];
  return [
    `batchNormStatistics 'target' changes nothing with ${without.join(', ')}: there is no BatchNorm whose statistics could be the target's`,
  ];
}

/** A study of images that are not drawn, one of whose backbones is quicknet with its own weights. */
export function backboneRemarks({
  data,
  backbone,
  space,
}: Pick<StudyDefinition, 'data' | 'backbone' | 'space'>): string[] {
  if (data === undefined || 'drawn' in data) return [];
  const names = backboneChoices(space) ?? [backbone?.name ?? ''];
  const isOwn = (name: string): boolean => backbone === undefined || weightsFor(backbone, name) === undefined;
  return names.some((name) => name.toLowerCase() === 'quicknet' && isOwn(name)) ? [QUICKNET_WARNING] : [];
}
