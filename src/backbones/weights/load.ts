// Loads a backbone's weights from a file of any known kind.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import type { Backbone } from '../backbone.js';
import { BACKBONES } from '../registry.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { convertedWeights } from './converted-weights.js';
import { readGguf } from './gguf.js';
import { matchWeights } from './match.js';
import { readSafetensors } from './safetensors.js';
import { NO_PICKLE, groupByLayer, type StoredLayer } from './stored-layer.js';
import { readTfjsLayersModel } from './tfjs-layers-model.js';
import { type TorchTensor, isTorch, torchLayers } from './torch/torch-layers.js';

/**
 * Parameters by name (`layer/weight`) for every entry of `parameterSpecs(backbone)`. The source is a Keras .h5 or .keras, a .safetensors or .gguf
 * (own names, or PyTorch's), or a tfjs layers model (its model.json or the folder of it). Throws ERR_WEIGHTS naming the file, and the first layer that does not fit.
 */
export async function loadBackboneWeights(backbone: Backbone, source: string): Promise<Map<string, HostTensor>> {
  const read = async (): Promise<Map<string, HostTensor>> =>
    matchWeights(backbone, await readLayers(backbone, source), source);
  // Its library takes more time to start than its weights to be read.
  return HDF5.test(source) || KERAS.test(source) ? convertedWeights(backbone, source, read) : read();
}

const HDF5 = /\.(h5|hdf5)$/i;
const KERAS = /\.keras$/i;
const PICKLE = /\.(pth?|bin|ckpt|pkl|pickle)$/i;

async function readLayers(backbone: Backbone, source: string): Promise<StoredLayer[]> {
  const isFolder = await stat(source).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (isFolder) return readTfjsLayersModel(join(source, 'model.json'));
  // Its library is a tenth of a second to load, which every command would pay for.
  if (HDF5.test(source)) return (await import('./keras-h5.js')).readKerasH5(source);
  if (KERAS.test(source)) return (await import('./keras-archive.js')).readKerasArchive(source);
  if (/\.safetensors$/i.test(source)) return layersOf(backbone, (await readSafetensors(source)).tensors, source);
  if (/\.gguf$/i.test(source)) return layersOf(backbone, (await readGguf(source)).tensors, source);
  if (/\.json$/i.test(source)) return readTfjsLayersModel(source);
  if (PICKLE.test(source))
    throw new HpoError('ERR_WEIGHTS', `expected weights, got the pickle ${source}: ${NO_PICKLE}`);
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected a .h5, .hdf5, .keras, .safetensors or .gguf file or a tfjs model.json, got ${source}`,
  );
}

/** Tensors by the description's own names, or by PyTorch's. */
function layersOf(backbone: Backbone, tensors: ReadonlyMap<string, TorchTensor>, source: string): StoredLayer[] {
  return isTorch(tensors.keys()) ? torchLayers(backbone, tensors, source, BACKBONES) : groupByLayer(tensors);
}
