// The package as npm packs it, installed in an empty folder behind a firewall that lets only the registry through.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const canFetch = spawnSync(npm, ['view', 'zod', 'version', '--fetch-retries=0'], { timeout: 30_000 }).status === 0;

it('the lockfile does not name the install script of onnxruntime-node, so that `npm ci` does not run it', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: true }>;
  };
  const reason =
    'It downloads CUDA and fails where its host cannot be reached. npm adds this line when it resolves the package anew: delete it.';
  expect(packages['node_modules/onnxruntime-node'], reason).not.toHaveProperty('hasInstallScript');
});

describe.skipIf(!canFetch)('the packed package (skipped where the registry cannot be reached)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-package-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a program in the folder; fails with what it printed. */
  function run(command: string, args: readonly string[], cwd = folder): string {
    // Variables of an npm that runs these tests are not the user's; the proxy is what onnxruntime's script downloads by.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^ONNXRUNTIME/i.test(name)));
    const closed = 'http://127.0.0.1:9';
    const firewall = { GLOBAL_AGENT_HTTP_PROXY: closed, GLOBAL_AGENT_HTTPS_PROXY: closed };
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { ...env, ...firewall },
    });
    expect(status, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
    return stdout;
  }

  beforeAll(() => {
    const packed = run(npm, ['pack', '--silent', '--pack-destination', folder], root)
      .trim()
      .split('\n')
      .at(-1) as string;
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
    run(npm, ['install', '--prefer-offline', join(folder, packed)]);
  }, 600_000);

  it('runs as `npx hpo`, with its engine', () => {
    expect(run('npx', ['hpo', '--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
    const engines = run('npx', ['hpo', 'engine', 'list']);
    expect(engines).toMatch(/^ *onnx +cpu +\d/m);
  }, 120_000);

  it('has types that compile under target es2022 without further settings', () => {
    writeFileSync(
      join(folder, 'loop.ts'),
      `import { createStudy } from 'hpo';
const study = await createStudy({ space: { x: { type: 'float', min: 0, max: 1 } }, trials: 3 });
for (let trial; (trial = study.ask()) !== undefined; ) study.tell(trial, Number(trial.parameters['x']));
export const best: number | undefined = study.best?.number;
`,
    );
    const options = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['loop.ts'] }));
    run(process.execPath, [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', folder]);
  }, 120_000);
});
