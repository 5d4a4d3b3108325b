// The Python whose PyTorch is used, and whether it has one: by looking at files, since starting it and importing PyTorch takes seconds.
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findProgram } from '../../system/find-program.js';

export interface FindOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly home?: string;
}

/** PyTorch as its files tell. */
export interface FoundTorch {
  readonly python: string;
  readonly version: string;
  /** What it was built for, besides processors. */
  readonly accelerator?: 'cuda' | 'rocm' | 'mps';
}

/**
 * The Python of HPO_PYTHON (which `--python` sets), of the active venv, of the active conda environment, or python3: a path, or a name on
 * PATH.
 */
export function findPython({ env = process.env, platform = process.platform }: FindOptions = {}): string {
  const { HPO_PYTHON: named, VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = env;
  if (named !== undefined && named !== '') return named;
  const isWindows = platform === 'win32';
  const inFolder = (folder: string, ...parts: string[]): string =>
    join(folder, ...parts, isWindows ? 'python.exe' : 'python');
  const candidates = [
    ...(venv ? [inFolder(venv, isWindows ? 'Scripts' : 'bin')] : []),
    ...(conda ? [isWindows ? inFolder(conda) : inFolder(conda, 'bin')] : []),
  ];
  return candidates.find((file) => existsSync(file)) ?? (isWindows ? 'python' : 'python3');
}

/** The PyTorch of that Python, where it is in one of the places in which installers put it. Milliseconds. */
export function findTorch(options: FindOptions = {}): FoundTorch | undefined {
  const { env = process.env, platform = process.platform } = options;
  const python = findPython(options);
  const path = findProgram(python, process.cwd(), env);
  if (path === undefined) return undefined;
  for (const folder of packageFolders(path, options)) {
    const version = readText(join(folder, 'torch', 'version.py'));
    if (version === undefined) continue;
    const accelerator = acceleratorOf(version, platform);
    return {
      python,
      version: /__version__ = '([^']+)'/.exec(version)?.[1] ?? 'unknown',
      ...(accelerator === undefined ? {} : { accelerator }),
    };
  }
  return undefined;
}

function acceleratorOf(version: string, platform: string): FoundTorch['accelerator'] {
  const isSet = (name: string): boolean => new RegExp(`^${name}[^=\\n]*= *['"]`, 'm').test(version);
  if (isSet('hip')) return 'rocm';
  if (isSet('cuda')) return 'cuda';
  return platform === 'darwin' && process.arch === 'arm64' ? 'mps' : undefined;
}

/** Folders in which a Python looks for packages, as site.py (Python's documentation, module site) makes them from where it lies. */
function packageFolders(python: string, options: FindOptions): string[] {
  const { env = process.env, platform = process.platform, home = homedir() } = options;
  const own = prefixOf(python, platform);
  const configuration = readText(join(own, 'pyvenv.cfg'));
  const seesSystem = configuration === undefined || /^include-system-site-packages *= *true/im.test(configuration);
  const real = prefixOf(realPath(python), platform);
  const prefixes = [own, ...(seesSystem ? [real, '/usr/local', '/usr', join(home, '.local')] : [])];
  const given = (env['PYTHONPATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...given, ...[...new Set(prefixes)].flatMap((prefix) => below(prefix, platform))];
}

function below(prefix: string, platform: string): string[] {
  if (platform === 'win32') return [join(prefix, 'Lib', 'site-packages')];
  const libraries = ['lib', 'lib64'].map((name) => join(prefix, name));
  return libraries.flatMap((library) => {
    const versions = namesIn(library).filter((name) => /^python3(\.\d+)?$/.test(name));
    return versions.flatMap((name) => ['site-packages', 'dist-packages'].map((kind) => join(library, name, kind)));
  });
}

function prefixOf(python: string, platform: string): string {
  const folder = dirname(python);
  return platform === 'win32' && !folder.endsWith('Scripts') ? folder : dirname(folder);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
