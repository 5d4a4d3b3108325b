// onnxruntime must not load where it would report to its maker.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { EXEC_ARGV } from '../../src/system/program-file.js';

const OPEN_ENGINE = new URL('../../src/engines/open-engine.ts', import.meta.url).href;

/** What opening the engine says in a worker thread. */
async function openInThread(env: Record<string, string | undefined>): Promise<string> {
  const code = `
    import { parentPort } from 'node:worker_threads';
    import(${JSON.stringify(OPEN_ENGINE)})
      .then(({ openEngine }) => openEngine('onnx'))
      .then((engine) => engine.dispose(), (error) => error.code + ': ' + error.message)
      .then((message) => parentPort.postMessage(message ?? 'opened'));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv: EXEC_ARGV, env });
  const [message] = (await once(worker, 'message')) as [string];
  await worker.terminate();
  return message;
}

it('a thread whose process may report does not open onnxruntime, and says what to set', async () => {
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  expect(await openInThread(env)).toMatch(/^ERR_ENGINE: .*ORT_DISABLE_TELEMETRY=1/);
});

it('a thread of a process that does not report opens it', async () => {
  expect(await openInThread({ ...process.env, ORT_DISABLE_TELEMETRY: '1' })).toBe('opened');
});
