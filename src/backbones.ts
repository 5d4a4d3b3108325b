// The entry `hpo/backbones`: descriptions of backbones, their weights, and layers models of tfjs. See docs/backbones.md.
export type { Backbone, Block, Layer } from './backbones/backbone.js';
export { type BackboneSummary, describeBackbone } from './backbones/describe-backbone.js';
export { activation, batchNorm, block, conv, merge } from './backbones/layers.js';
export { BACKBONES, getBackbone } from './backbones/registry.js';
export {
  type LayersModel,
  type TrainedNetwork,
  saveLayersModel,
  toLayersModel,
} from './backbones/weights/layers-model.js';
export { loadBackboneWeights } from './backbones/weights/load.js';
