// The files of a trial know whose they are.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkClaim, writeClaim } from '../../../src/system/claim.js';
import {
  BEST_WEIGHTS,
  CHECKPOINT,
  type Checkpoint,
  CheckpointFiles,
  readTrialWeights,
} from '../../../src/trainer/finetune/checkpoint.js';
import { readSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { readBestWeights } from '../../../src/trainer/model/trained-model.js';

const root = mkdtempSync(join(tmpdir(), 'hpo-checkpoint-'));
afterAll(() => rmSync(root, { recursive: true }));

async function written(configuration: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'trial-'));
  const weights = new Map([['head/bias', { shape: [2], role: 'plain', data: Float32Array.of(1, 2) } as const]]);
  await new CheckpointFiles(folder, configuration).writeBest({ epoch: 3, value: 0.5, weights });
  return join(folder, BEST_WEIGHTS);
}

it('weights of another trial with the same best epoch are refused', async () => {
  const file = await written(JSON.stringify({ seed: 1, trial: 4, configuration: {} }));
  expect((await readBestWeights(file, 3, 4)).get('head/bias')?.data).toEqual(Float32Array.of(1, 2));
  await expect(readBestWeights(file, 3, 0)).rejects.toThrow(
    `expected the weights of trial 0, got those of trial 4 at ${file}`,
  );
});

it('weights that name no trial are taken, as earlier versions wrote them', async () => {
  for (const configuration of ['', 'text', 'null', '{}', '{"trial":"4"}']) {
    expect((await readTrialWeights(await written(configuration), 0)).isChecked).toBe(true);
  }
});

it('an attempt whose trial others have taken over meanwhile changes no file', async () => {
  const folder = mkdtempSync(join(root, 'trial-'));
  const claim = { file: join(root, 'claims', '4.txt'), text: 'first' };
  writeClaim(claim);
  let isTaken = false;
  const first = new CheckpointFiles(folder, 'same', () => {
    checkClaim(claim);
    // While the file is being written.
    if (isTaken) writeClaim({ ...claim, text: 'second' });
  });
  const checkpoint = (steps: number): Checkpoint => ({ reports: [], steps, state: new Map() });
  await first.write(checkpoint(1));
  isTaken = true;
  await expect(first.write(checkpoint(2))).rejects.toThrow('to name this attempt, found another one');
  expect((await readSafetensors(join(folder, CHECKPOINT))).metadata['steps']).toBe('1');
  rmSync(folder, { recursive: true });
  await expect(first.write(checkpoint(3))).rejects.toThrow('found another one');
  expect(existsSync(folder)).toBe(false);
});
