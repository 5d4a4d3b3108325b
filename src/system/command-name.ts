// What a person types to start hpo again in the way that it was started: messages suggest commands that work as they stand.
import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Start {
  readonly env: NodeJS.ProcessEnv;
  /** The script that Node was started with. */
  readonly script: string | undefined;
  readonly folder: string;
  /** The program of this installation, without its ending. */
  readonly main: string;
}

const MAIN = fileURLToPath(new URL('../cli/main', import.meta.url));
/** npm puts its own folders on the path of what it runs; the shell does not have them. */
const OF_NPM = join('node_modules', '.bin');

/** `hpo` where the shell finds this installation by that name, otherwise what finds it. */
export function commandName(start: Start = here()): string {
  const { env, script, folder } = start;
  if (script === undefined || isOfNpx(env)) return 'npx hpo';
  const program = real(resolve(folder, script));
  const main = real(`${start.main}.js`);
  if (program === real(`${start.main}.ts`)) return `npx tsx ${shortest(program, folder)}`;
  if (program !== main) return 'npx hpo';
  if (onPath(env, main)) return 'hpo';
  const ofPackage = `${join(sep, 'node_modules', 'hpo', 'dist')}${sep}`;
  if (program.includes(ofPackage) || dirname(script).endsWith(OF_NPM)) return 'npx hpo';
  return basename(script) === 'main.js'
    ? `node ${shortest(program, folder)}`
    : shortest(resolve(folder, script), folder);
}

function here(): Start {
  return { env: process.env, script: process.argv[1], folder: process.cwd(), main: MAIN };
}

/** Not where npx started something that started this. */
function isOfNpx(env: NodeJS.ProcessEnv): boolean {
  return env['npm_command'] === 'exec' && /^['"]?hpo\b/.test(env['npm_lifecycle_script'] ?? '');
}

function onPath(env: NodeJS.ProcessEnv, main: string): boolean {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && !folder.endsWith(OF_NPM));
  // On Windows a command file stands in for the link.
  if (process.platform === 'win32') return folders.some((folder) => exists(join(folder, 'hpo.cmd')));
  return folders.some((folder) => real(join(folder, 'hpo')) === main);
}

function exists(file: string): boolean {
  try {
    accessSync(file, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/** Links followed; what does not exist stays as it is. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function shortest(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.length < path.length ? short : path;
}
