// The cache of downloaded weights.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../../../src/backbones/backbone.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { cachedWeights, pullWeights, weightsCacheFolder } from '../../../src/backbones/download/pretrained-cache.js';
import { fileServer } from './file-server.js';
import { temporaryFolder } from '../weights/temporary-folder.js';

const content = Buffer.from('weights');
const md5 = createHash('md5').update(content).digest('hex');
const backboneAt = (url: string, sum?: string): Backbone => {
  return { ...getBackbone('vgg16'), pretrained: { kind: 'download', url, ...(sum === undefined ? {} : { md5: sum }) } };
};

describe('weightsCacheFolder', () => {
  it('is inside XDG_CACHE_HOME', () => {
    expect(weightsCacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'hpo', 'weights'));
  });

  it('is inside HPO_CACHE before all else', () => {
    expect(weightsCacheFolder({ HPO_CACHE: '/h', XDG_CACHE_HOME: '/x' })).toBe(join('/h', 'weights'));
  });
});

describe('pullWeights', () => {
  it('downloads once, into a folder that it makes', async () => {
    const server = await fileServer(content);
    const [backbone, folder] = [backboneAt(server.url, md5), join(temporaryFolder(), 'a', 'b')];
    expect(cachedWeights(backbone, folder)).toBeUndefined();
    const file = await pullWeights(backbone, { folder });
    expect([await pullWeights(backbone, { folder }), cachedWeights(backbone, folder)]).toEqual([file, file]);
    expect(readFileSync(file)).toEqual(content);
    expect(server.ranges).toHaveLength(1);
  });

  it('replaces a file whose checksum is wrong', async () => {
    const server = await fileServer(content);
    const [backbone, folder] = [backboneAt(server.url, md5), temporaryFolder()];
    const file = await pullWeights(backbone, { folder });
    writeFileSync(file, 'damaged');
    expect(readFileSync(await pullWeights(backbone, { folder }))).toEqual(content);
  });

  it('says what to do without a network', async () => {
    const folder = temporaryFolder();
    const attempt = pullWeights(backboneAt('http://127.0.0.1:9/folder/weights.h5'), { folder });
    await expect(attempt).rejects.toThrow(
      `download it elsewhere and save it as ${join(folder, 'vgg16-weights.h5')}, or set backbone.weights to its path`,
    );
  });

  it('says so where there is nothing to download', async () => {
    await expect(pullWeights(getBackbone('quicknet'))).rejects.toThrow(/for quicknet, got weights in the package/);
    const { pretrained: _, ...bare } = getBackbone('vgg16');
    await expect(pullWeights(bare)).rejects.toThrow(/for vgg16, got none: set backbone\.weights/);
  });
});
