// Programs that threads and child processes begin with: built JavaScript in `dist`, TypeScript in a checkout.
import { fileURLToPath } from 'node:url';

/** Whether this code runs from its TypeScript sources. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** `--import tsx` is not enough: in a thread it leaves dynamic imports of TypeScript to Node 20, which cannot read it. */
export const EXEC_ARGV: string[] = FROM_SOURCE ? ['--import', `data:text/javascript,${registration()}`] : [];

/**
 * Path of a program of ours that Node can start with EXEC_ARGV.
 * @param url `import.meta.url` of the file that the program lies beside.
 * @param name file name without its ending.
 */
export function programFile(url: string, name: string): string {
  return fileURLToPath(new URL(`./${name}.${FROM_SOURCE ? 'ts' : 'js'}`, url));
}

/** The loader is looked up from here, wherever the program is run. */
function registration(): string {
  return `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`;
}
