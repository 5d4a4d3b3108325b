// TensorFlow's libraries and headers: those of an existing Python, or of wheels that pip downloads.
import { must } from '../../../system/must.js';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HpoError } from '../../../study/errors.js';
import { type CommandOptions, runCommand } from './command.js';

export interface FoundTensorflow {
  /** The package's folder. */
  readonly folder: string;
  readonly version: string;
  readonly cuda: boolean;
}

export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

const NO_PYTHON =
  'expected a Python with pip, found none: install python3 and python3-pip, or choose one with --python';

/** Prints folder and version without importing TensorFlow, which takes seconds; nothing where there is none. */
const LOCATE = `
import importlib.metadata, importlib.util, os
spec = importlib.util.find_spec('tensorflow')
if spec is not None and spec.origin:
    print(os.path.dirname(spec.origin))
    for name in ('tensorflow', 'tensorflow-cpu'):
        try:
            print(importlib.metadata.version(name))
            break
        except importlib.metadata.PackageNotFoundError:
            pass
`;

/** The TensorFlow of a Python; undefined where it has none that can be built against. @throws HpoError ERR_ENGINE. */
export async function findTensorflow(python: string, options: CommandOptions): Promise<FoundTensorflow | undefined> {
  const printed = await runCommand(python, ['-c', LOCATE], NO_PYTHON, options);
  const [folder, version = 'unknown'] = printed.trim().split('\n');
  return folder === undefined || folder === '' ? undefined : describeTensorflow(folder, version);
}

/** @returns undefined where headers or libraries are missing. */
export function describeTensorflow(folder: string, version: string): FoundTensorflow | undefined {
  const needed = [...LIBRARIES, join('include', 'tensorflow', 'c', 'c_api.h')];
  if (!needed.every((file) => existsSync(join(folder, file)))) return undefined;
  return { folder, version, cuda: isCudaBuild(folder) };
}

function isCudaBuild(folder: string): boolean {
  const info = join(folder, 'python', 'platform', 'build_info.py');
  return existsSync(info) && /'is_cuda_build':\s*True/.test(readFileSync(info, 'utf8'));
}

/**
 * Downloads TensorFlow, and for CUDA NVIDIA's libraries of the versions that it asks for, and unpacks them into `place`, side by
 * side as pip would install them: so they find each other.
 * @throws HpoError ERR_ENGINE.
 */
export async function downloadTensorflow(
  python: string,
  place: string,
  cuda: boolean,
  options: CommandOptions,
): Promise<FoundTensorflow> {
  const wheels = join(place, 'wheels');
  await mkdir(wheels, { recursive: true });
  const download = (...names: string[]): Promise<string> => {
    const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-input', '--quiet'];
    return runCommand(python, [...args, '--dest', wheels, ...names], NO_PYTHON, options);
  };
  await download(cuda ? 'tensorflow' : 'tensorflow-cpu');
  const [wheel] = await readdir(wheels);
  await unpack(python, wheels, place, options);
  const version = wheel?.split('-')[1] ?? 'unknown';
  if (cuda) {
    const required = cudaRequirements(await metadata(place));
    if (required.length > 0) await download(...required);
    await unpack(python, wheels, place, options);
  }
  await rm(wheels, { recursive: true });
  const found = describeTensorflow(join(place, 'tensorflow'), version);
  if (found !== undefined) return found;
  throw new HpoError(
    'ERR_ENGINE',
    `expected headers and ${LIBRARIES.join(' and ')} in ${wheel}, got a wheel without them`,
  );
}

async function unpack(python: string, wheels: string, place: string, options: CommandOptions): Promise<void> {
  for (const wheel of await readdir(wheels)) {
    await runCommand(python, ['-m', 'zipfile', '-e', join(wheels, wheel), place], NO_PYTHON, options);
    await rm(join(wheels, wheel));
  }
}

async function metadata(place: string): Promise<string> {
  const info = (await readdir(place)).find((name) => /^tensorflow.*\.dist-info$/.test(name));
  return info === undefined ? '' : readFileSync(join(place, info, 'METADATA'), 'utf8');
}

/** What the extra `and-cuda` asks for, as pip takes it (core metadata, Requires-Dist). */
export function cudaRequirements(text: string): string[] {
  return [...text.matchAll(/^Requires-Dist: *([^;\n]+);(.*)$/gm)]
    .filter(([, , marker]) => /extra *== *['"]and-cuda['"]/.test(must(marker, 'a text')))
    .map(([, requirement]) => must(requirement, 'a text').replace(/[\s()]/g, ''));
}
