// A cache of the test run's own: what tests keep is not kept beside what people do, nor found by the next run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-tests-'));
  process.env['HPO_CACHE'] = folder;
  // No test needs the network.
  process.env['HPO_OFFLINE'] = '1';
  // Some tests import onnxruntime by themselves.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return () => rmSync(folder, { recursive: true, force: true });
}
