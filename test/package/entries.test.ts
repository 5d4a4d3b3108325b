// Every entry of the package, imported from a packed copy that is installed without a network: its dependencies are those of this clone.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../library/examples.js';
import { writePhotos } from '../library/photos.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** What the documents describe, by entry. */
const DESCRIBED = {
  hpo: [
    ...[
      'bestCommand',
      'createStudy',
      'createReport',
      'drawAugmentation',
      'examineMachine',
      'exportStudy',
      'findLearningRates',
      'initStudy',
      'installEngine',
    ],
    ...[
      'listEngines',
      'loadClassifier',
      'openStudy',
      'planStudy',
      'pullWeights',
      'readFeatureCache',
      'readStudy',
      'removeEngine',
      'runStudy',
      'shrinkFeatureCache',
      'trainModel',
      'writeReport',
    ],
    ...['HpoError', 'RandomStream', 'SearchSpace', 'StudyControl'],
  ],
  'hpo/dashboard': ['SlotBoard', 'startDashboard', 'startPlain', 'suitsDashboard', 'watchStudy'],
  'hpo/report': ['plotPng', 'plotSvg', 'renderComparison', 'renderReport'],
  'hpo/backbones': ['describeBackbone', 'getBackbone', 'saveLayersModel', 'toLayersModel'],
} as const;

describe('the packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-entries-'));
  const project = join(folder, 'project');
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(command: string, args: readonly string[], cwd = project): string {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    expect(status, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
    return stdout;
  }

  beforeAll(async () => {
    // Compiled beside the clone: whatever its dist holds, and whoever else is compiling, is no matter.
    const copy = join(folder, 'copy');
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      files: string[];
      dependencies: Record<string, string>;
    };
    mkdirSync(copy);
    for (const part of ['package.json', ...manifest.files.filter((file) => !file.startsWith('!') && file !== 'dist')]) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    run(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(copy, 'dist')], root);
    const packed = run(npm, ['pack', '--silent', '--ignore-scripts', '--offline', '--pack-destination', folder], copy);
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, 'hpo'), { recursive: true });
    run('tar', ['-xzf', join(folder, packed.trim()), '-C', join(modules, 'hpo'), '--strip-components=1'], folder);
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
    await writePhotos(project);
  }, 300_000);

  it.each(Object.entries(DESCRIBED))('has in %s what its document describes', (entry, names) => {
    const program = `console.log(JSON.stringify(Object.keys(await import('${entry}'))))`;
    const found = JSON.parse(run(process.execPath, ['--input-type=module', '-e', program])) as string[];
    expect(found).toEqual(expect.arrayContaining([...names]));
  });

  it('has all of its entries, and files for them', () => {
    const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/hpo/package.json'), 'utf8')) as {
      exports: Record<string, string | { types: string; default: string }>;
    };
    const entries = Object.entries(exports);
    const code = entries.filter(([, target]) => typeof target === 'object').map(([name]) => name.replace(/^\./, 'hpo'));
    expect(code.sort()).toEqual(Object.keys(DESCRIBED).sort());
    for (const [, target] of entries) {
      for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
        expect(() => readFileSync(join(project, 'node_modules/hpo', file)), file).not.toThrow();
      }
    }
  });

  it('runs a study of images, trains, exports and classifies by the program in library.md', () => {
    const [program, printed] = blocksOf('library.md');
    writeFileSync(join(project, 'program.mjs'), program?.text ?? '');
    expect(
      program?.text
        .trim()
        .split('\n')
        .filter((line) => line !== '').length,
    ).toBeLessThanOrEqual(12);
    expect(run(process.execPath, ['program.mjs'])).toBe(printed?.text);
  }, 240_000);

  it.each([true, false])(
    'has types that compile under target es2022 without types of Node, skipLibCheck %s',
    (skipLibCheck) => {
      const imports = Object.keys(DESCRIBED).map((entry, i) => `import * as entry${i} from '${entry}';`);
      const all = `export const all = [${imports.map((_, i) => `entry${i}`).join(', ')}];`;
      writeFileSync(join(project, 'use.ts'), `${[...imports, all].join('\n')}\n`);
      const options = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, skipLibCheck };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
      run(process.execPath, [tsc, '-p', project]);
    },
    240_000,
  );
});
