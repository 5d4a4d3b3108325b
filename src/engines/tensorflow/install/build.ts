// Fetches and compiles tfjs-node's binding: its C++ speaks Node-API and TensorFlow's C API, so any Node and a current TensorFlow will do.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { bindingFile, bindingPackage } from '../installation.js';
import { type CommandOptions, runCommand } from './command.js';
import { LIBRARIES } from './find-tensorflow.js';

const HEADERS = 'node-api-headers';
const NODE_API = 8;
const NO_NPM = 'expected npm on the PATH, found none';

/** Into `folder`, without the download that the package's own install script would try. @throws HpoError ERR_ENGINE. */
export async function fetchBinding(folder: string, version: string, { signal }: CommandOptions): Promise<void> {
  const manifest = {
    private: true,
    dependencies: { '@tensorflow/tfjs-node': version, '@tensorflow/tfjs-core': version, [HEADERS]: '^1.9.0' },
    // The binding uses the core alone; the whole of tfjs is two hundred megabytes.
    overrides: { '@tensorflow/tfjs': `npm:@tensorflow/tfjs-core@${version}` },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress'];
  await runCommand('npm', args, NO_NPM, { cwd: folder, signal });
}

/** @param tensorflow the folder of its package. @throws HpoError ERR_ENGINE with what the compiler says. */
export async function compileBinding(
  folder: string,
  tensorflow: string,
  compiler: string,
  { signal }: CommandOptions,
): Promise<void> {
  const source = join(bindingPackage(folder), 'binding');
  const output = bindingFile(folder);
  await mkdir(dirname(output), { recursive: true });
  // Within the installation by a relative path: it is built in one place and used in another.
  const libraries = tensorflow.startsWith(folder) ? join('$ORIGIN', relative(dirname(output), tensorflow)) : tensorflow;
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API}`],
    ...[join(folder, 'node_modules', HEADERS, 'include'), join(tensorflow, 'include')].map((path) => `-I${path}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, file)),
    ...['-o', output, `-L${tensorflow}`, ...LIBRARIES.map((name) => `-l:${name}`), `-Wl,-rpath,${libraries}`],
  ];
  const missing = `expected a C++ compiler, found no ${compiler}: install g++ (apt-get install g++), or set CXX to another one`;
  await runCommand(compiler, args, missing, { signal });
}
