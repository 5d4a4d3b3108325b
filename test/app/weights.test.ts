// Weights that a study needs and that are missing.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { initialise } from '../../src/backbones/initialise.js';
import { weightsDigest } from '../../src/backbones/weights/digest.js';
import { writeSafetensors } from '../../src/backbones/weights/safetensors.js';
import { RandomStream } from '../../src/math/random.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { backboneRemarks } from '../../src/app/setup/backbone-remarks.js';
import { checkBackbones } from '../../src/app/setup/check-backbone.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import { fetchMissingWeights, isOffline } from '../../src/app/weights/missing-weights.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';

const checked = (name: string, weights?: string) => {
  const backbone = getBackbone(name);
  return { backbone, inputSize: 224, choice: { name, inputSize: 224, weights } };
};

describe('weights that are missing', () => {
  it('are not fetched offline, and the message says what to do', async () => {
    await expect(fetchMissingWeights([checked('mobilenetv3small')], { offline: true })).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringMatching(
        /^expected weights of mobilenetv3small, found none: nothing may be downloaded \(--offline or HPO_OFFLINE\)\. Run `.*backbones pull mobilenetv3small` while there is a network, or set backbone\.weights to a file$/,
      ) as string,
    });
  });

  it('are not asked for where a study names its own, or the package has them', async () => {
    const onProgress = vi.fn();
    const backbones = [checked('mobilenetv3small', 'own.gguf'), checked('resnet50', 'random'), checked('quicknet')];
    await fetchMissingWeights(backbones, { offline: false, onProgress });
    expect(onProgress).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, false],
    ['', false],
    ['0', false],
    ['false', false],
    ['1', true],
    ['yes', true],
  ])('are forbidden by HPO_OFFLINE=%s: %s', (value, expected) => {
    expect(isOffline({ HPO_OFFLINE: value })).toBe(expected);
  });
});

describe('weights on the hub', () => {
  const name = 'hf:tiny/net/model.safetensors';

  it('are fetched once, with what they are, and read', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'hpo-hub-'));
    const file = join(cache, 'source.safetensors');
    const quicknet = getBackbone('quicknet');
    const weights = initialise(quicknet, RandomStream.of(1));
    await writeSafetensors(file, weights);
    let requests = 0;
    const http = createServer((request, response) => {
      requests++;
      if (request.url !== '/tiny/net/resolve/main/model.safetensors') return void response.writeHead(404).end();
      response.end(request.method === 'HEAD' ? undefined : readFileSync(file));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      http.closeAllConnections();
      http.close();
      rmSync(cache, { recursive: true });
    });
    const address = http.address();
    vi.stubEnv('HPO_CACHE', cache);
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    await expect(backboneWeights(quicknet, name, 0)).rejects.toThrow(
      /expected the model hf:tiny\/net\/model\.safetensors on this machine/,
    );
    const lines: string[] = [];
    const fetch = () =>
      fetchMissingWeights([checked('quicknet', name)], { offline: false, onProgress: (line) => lines.push(line) });
    await fetch();
    expect(lines[0]).toBe(`${name} is not on this machine yet; downloading it, once`);
    expect(lines[1]).toMatch(/^hf:tiny\/net\/model\.safetensors: model\.safetensors; licence: not stated, see http/);
    const before = requests;
    await fetch();
    expect(requests).toBe(before);
    expect(weightsDigest(await backboneWeights(quicknet, name, 0))).toBe(weightsDigest(weights));
  });

  it.each(['HPO_OFFLINE', 'HF_HUB_OFFLINE'])('are not fetched where %s forbids it', async (variable) => {
    vi.stubEnv('HPO_OFFLINE', '');
    vi.stubEnv(variable, '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(fetchMissingWeights([checked('quicknet', name)], {})).rejects.toThrow(
      /nothing may be downloaded .*Run `.*backbones pull hf:tiny\/net\/model\.safetensors` while there is a network/,
    );
  });
});

const MODEL = '../shared/onnx/test_resnet.dynamo.onnx';

describe.skipIf(!existsSync(MODEL))('a model of the hub as backbone (needs ../shared)', () => {
  it.each([
    ['by its name', { backbone: { name: 'hf:tiny/net' }, space: {} }],
    ['as weights', { backbone: { name: 'mine', weights: 'hf:tiny/net' }, space: {} }],
    [
      'as a choice',
      { backbone: {}, space: { backbone: { type: 'choice' as const, ordinal: false, values: ['hf:tiny/net'] } } },
    ],
  ])('is the file in the cache: %s', (_, fields) => {
    const cache = mkdtempSync(join(tmpdir(), 'hpo-hub-'));
    vi.stubEnv('HPO_CACHE', cache);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(cache, { recursive: true });
    });
    const check = () => checkBackbones({ ...fields, training: { ...TRAINING_DEFAULTS, unfreezeDepth: 0 } }, '.');
    if ('name' in fields.backbone && fields.backbone.name === 'hf:tiny/net') {
      expect(check).toThrow(
        /expected the model hf:tiny\/net on this machine, found none: `.*backbones pull hf:tiny\/net` downloads it/,
      );
    }
    const folder = join(cache, 'weights', 'hub', 'tiny--net@main');
    mkdirSync(folder, { recursive: true });
    copyFileSync(MODEL, join(folder, 'model.onnx'));
    const source = { commit: null, path: 'model.onnx', file: 'model.onnx', size: 1, sha256: null, licence: null };
    writeFileSync(join(folder, 'source.json'), JSON.stringify({ name: 'hf:tiny/net', ...source }));
    expect(check().map(({ choice }) => choice.file)).toEqual([join(folder, 'model.onnx')]);
  });
});

describe('a study on quicknet', () => {
  const remarksOf = (fields: object): string[] => {
    const space = { learningRate: { type: 'float', min: 0.001, max: 0.01 } };
    const text = JSON.stringify({
      name: 'x',
      objective: { metric: 'macroF1', direction: 'maximize' },
      space,
      ...fields,
    });
    return backboneRemarks(parseStudy(text, 'study.json', 'x'));
  };
  const photographs = { data: { folder: 'photos' } };
  const choice = { backbone: { type: 'choice', values: ['quicknet', 'squeezenet1.1'] } };

  it.each([
    ['alone', { ...photographs, backbone: { name: 'QuickNet' } }],
    ['as a choice', { ...photographs, space: choice }],
  ])('of photographs is warned of: %s', (_, fields) => {
    expect(remarksOf(fields)).toEqual([expect.stringContaining('NOT FOR PHOTOGRAPHS')]);
  });

  it.each([
    [
      'of drawn images',
      {
        data: { drawn: { family: 'traffic-signs', perClass: { train: 9, validation: 9 } } },
        backbone: { name: 'quicknet' },
      },
    ],
    ['with weights of its own', { ...photographs, backbone: { name: 'quicknet', weights: 'mine.safetensors' } }],
    ['that is another backbone', { ...photographs, backbone: { name: 'mobilenetv3small' } }],
  ])('%s is not', (_, fields) => {
    expect(remarksOf(fields)).toEqual([]);
  });
});
