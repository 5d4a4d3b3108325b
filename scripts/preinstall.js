// Runs before hpo is installed as a package. onnxruntime-node's own install script, which npm runs after this one, downloads its CUDA library on
// Linux and ends the whole installation where its host cannot be reached. It does nothing where the library's files exist. hpo runs without them.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';

const NOTE = `Not a library. hpo put this file here so that installing it needs no host besides the registry. To get the CUDA library:
node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12
`;

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  // In a clone the lockfile keeps the script from being run.
  if (basename(dirname(root)) === 'node_modules') skipDownload();
} catch (error) {
  // Without it the installation goes as its maker meant it.
  console.warn(`hpo: onnxruntime's CUDA library may be downloaded: ${error.message}`);
}

function skipDownload() {
  const platform = `${process.platform}/${process.arch}`;
  const require = createRequire(join(root, 'package.json'));
  const metadata = require.resolve('onnxruntime-node/script/install-metadata.js');
  const { requirements, manifests } = require(metadata);
  const binaries = join(dirname(dirname(metadata)), 'bin');
  for (const folder of readdirSync(binaries)) {
    for (const name of requirements[platform] ?? []) {
      for (const file of Object.keys(manifests[`${platform}:${name}`])) note(join(binaries, folder, platform, file));
    }
  }
}

function note(file) {
  if (existsSync(dirname(file)) && !existsSync(file)) writeFileSync(file, NOTE);
}
