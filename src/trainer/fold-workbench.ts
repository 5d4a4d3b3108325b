// A workbench for one fold, or for all images: the network, its programs and the cached features stay those of the study.
import { FoldFeatures } from '../features/fold-features.js';
import { type FoldPart, foldIndex, foldPositions } from '../images/fold-index.js';
import { Importances } from './finetune/importance.js';
import type { CnnSettings } from './cnn-settings.js';
import { evaluationOf, imageInputs, type OpenWorkbench } from './open-workbench.js';

/** What was opened, with the fold's images alone: one part for validation, the others for training. */
export function inFold(
  opened: OpenWorkbench,
  settings: Pick<CnnSettings, 'index' | 'objective' | 'seed'>,
  fold: FoldPart,
): OpenWorkbench {
  const index = foldIndex(settings.index, fold);
  const positions = foldPositions(settings.index, fold);
  const { repeat, part } = fold;
  return {
    ...opened,
    features: new FoldFeatures(opened.features, positions),
    identity: { ...opened.identity, fold: [repeat, part] },
    bench: {
      ...opened.bench,
      ...imageInputs(index),
      ...evaluationOf({ ...settings, index }),
      importances: new Importances(new FoldFeatures(opened.fresh, positions)),
    },
  };
}
