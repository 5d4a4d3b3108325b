// Where a program lies, without starting it.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve, sep } from 'node:path';

/**
 * The file that a process would be started from; undefined where there is none that may be run.
 * @param program a path, relative to the folder, or a name that is looked up in PATH.
 */
export function findProgram(program: string, folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const isPath = program.includes('/') || program.includes(sep);
  const folders = isPath ? [folder] : (env['PATH'] ?? '').split(delimiter).filter((one) => one !== '');
  // On Windows a name stands for files of several endings.
  const endings = process.platform === 'win32' ? ['', ...(env['PATHEXT'] ?? '.EXE').split(';')] : [''];
  const files = folders.flatMap((one) => endings.map((ending) => resolve(one, program + ending)));
  return files.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
