// The Python whose PyTorch is used, and whether it has one: by looking at files, since starting it and importing PyTorch takes seconds.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { findProgram } from '../../system/find-program.js';
import { readRegularFileSync } from '../../system/regular-file.js';

/** Bytes of the files that are read here: each is a few lines. */
const LARGEST_FILE = 1e6;

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

/** A Python that may be meant. */
interface Candidate {
  /** A path, or a name on PATH. */
  readonly python: string;
  readonly path: string;
}

/**
 * The Python of HPO_PYTHON (which `--python` sets), whatever it has. Else the first that has PyTorch among those of the active venv, of the
 * active conda environment, and those named python3 in the folders of PATH; where none has it, the first. A path, or a name on PATH.
 */
export function findPython(options: FindOptions = {}): string {
  const { env = process.env, platform = process.platform } = options;
  const { HPO_PYTHON: named } = env;
  if (named) return named;
  return findTorch(options)?.python ?? candidatesFor(options)[0]?.python ?? nameOn(platform);
}

/** The PyTorch of that Python, where it is in one of the places in which installers put it. Milliseconds. */
export function findTorch(options: FindOptions = {}): FoundTorch | undefined {
  for (const candidate of candidatesFor(options)) {
    const found = torchOf(candidate, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOn(platform: string): string {
  return platform === 'win32' ? 'python' : 'python3';
}

function candidatesFor({ env = process.env, platform = process.platform }: FindOptions): Candidate[] {
  const { HPO_PYTHON: named, VIRTUAL_ENV: venv, CONDA_PREFIX: conda, PATH: path = '' } = env;
  const resolved = (python: string, file: string | undefined): Candidate[] =>
    file === undefined ? [] : [{ python, path: file }];
  if (named) return resolved(named, findProgram(named, process.cwd(), env));
  const isWindows = platform === 'win32';
  const inFolder = (folder: string, ...parts: string[]): Candidate[] => {
    const file = join(folder, ...parts, isWindows ? 'python.exe' : 'python');
    return existsSync(file) ? [{ python: file, path: file }] : [];
  };
  const name = nameOn(platform);
  const onPath = path.split(delimiter).flatMap((folder) => {
    const file = folder === '' ? undefined : findProgram(name, process.cwd(), { ...env, PATH: folder });
    return file === undefined ? [] : [file];
  });
  const [first] = onPath;
  return [
    ...(venv ? inFolder(venv, isWindows ? 'Scripts' : 'bin') : []),
    ...(conda ? (isWindows ? inFolder(conda) : inFolder(conda, 'bin')) : []),
    ...[...new Set(onPath)].flatMap((file) => [
      ...behindShim(file, env),
      { python: file === first ? name : file, path: file },
    ]),
  ];
}

/**
 * The Pythons that a script of pyenv would start: it lies in `shims`, they in `versions`. A `.python-version` comes with a study's folder, from
 * whoever made that: a name that leads out of `versions` is left out, as pyenv does.
 */
function behindShim(file: string, env: NonNullable<FindOptions['env']>): Candidate[] {
  const folder = dirname(file);
  if (basename(folder) !== 'shims') return [];
  const root = dirname(folder);
  const chosen =
    env['PYENV_VERSION'] ?? readText(join(process.cwd(), '.python-version')) ?? readText(join(root, 'version'));
  const versions = (chosen ?? '').split(/[\s:]+/).filter((version) => !/^\.{0,2}$|[/\\]/.test(version));
  return versions.flatMap((version) => {
    const python = join(root, 'versions', version, 'bin', 'python3');
    return existsSync(python) ? [{ python, path: python }] : [];
  });
}

function torchOf({ python, path }: Candidate, options: FindOptions): FoundTorch | undefined {
  const { platform = process.platform } = options;
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
    return readRegularFileSync(file, LARGEST_FILE).toString('utf8');
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
