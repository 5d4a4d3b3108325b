// A study as TensorBoard event files; read by TensorBoard itself where a Python has it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportTensorBoard } from '../../../src/report/formats/tensorboard.js';
import { crc32c, tfRecord } from '../../../src/report/formats/tf-record.js';
import { fakeDefinition, fakeEvents, historyOf } from '../../dashboard/support/fake-study.js';
import { pythonWith } from '../support/python.js';

const options = { trials: 12, detail: false };
const history = historyOf(fakeEvents(options));
const files = exportTensorBoard('ants-bees', fakeDefinition(options), history);

describe('crc32c', () => {
  // The check value of the polynomial's catalogue entry, and RFC 3720 appendix B.4.
  it.each([
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
  ])('of %o', (bytes, expected) => expect(crc32c(bytes)).toBe(expected));
});

describe('tfRecord', () => {
  it('is length, checksum, data, checksum', () => {
    const record = Buffer.from(tfRecord(Buffer.from('abc')));
    expect(record.readBigUInt64LE(0)).toBe(3n);
    expect(record.subarray(12, 15).toString()).toBe('abc');
    expect(record).toHaveLength(19);
  });
});

describe('exportTensorBoard', () => {
  it('has one run for each trial, and the experiment beside them', () => {
    const folders = [...files.keys()].map((path) => dirname(path));
    expect(folders[0]).toBe('.');
    expect(folders.slice(1)).toEqual(history.trials.map(({ number }) => `trial-${String(number).padStart(2, '0')}`));
  });

  it('is a file for a study without trials', () => {
    expect(exportTensorBoard('x', fakeDefinition({ trials: 0 }), historyOf(fakeEvents({ trials: 0 }))).size).toBe(1);
  });
});

const python = pythonWith('tensorboard.backend.event_processing.event_accumulator');
describe.skipIf(python === undefined)('TensorBoard (skipped where no python3 imports tensorboard)', () => {
  it('reads the scalars of a trial and its hyperparameters', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hpo-tensorboard-'));
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
run = EventAccumulator(sys.argv[1] + "/trial-03"); run.Reload()
start = plugin_data_pb2.HParamsPluginData.FromString(run.summary_metadata["_hparams_/session_start_info"].plugin_data.content)
root = EventAccumulator(sys.argv[1]); root.Reload()
experiment = plugin_data_pb2.HParamsPluginData.FromString(root.summary_metadata["_hparams_/experiment"].plugin_data.content)
print(json.dumps([
  [[event.step, round(event.value, 5)] for event in run.Scalars("macroF1")],
  start.session_start_info.hparams["augmentation"].string_value,
  [info.name for info in experiment.experiment.hparam_infos],
]))`;
    const { stdout, stderr } = spawnSync(python as string, ['-c', script, folder], { encoding: 'utf8' });
    const trial = history.trials[3];
    const scalars = trial?.reports.map(({ epoch, metrics }) => [
      epoch,
      Math.round((metrics['macroF1'] ?? 0) * 1e5) / 1e5,
    ]);
    expect(JSON.parse(stdout.trim() || stderr)).toEqual([
      scalars,
      trial?.parameters['augmentation'],
      Object.keys(fakeDefinition(options).space),
    ]);
  });
});
