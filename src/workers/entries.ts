// The programs that threads and child processes begin with, built or from source.
import { fileURLToPath } from 'node:url';

// From source they need a loader for TypeScript; it is looked up from here, wherever the program is run.
const fromSource = import.meta.url.endsWith('.ts');

export const THREAD_ENTRY = entry('thread-entry');
export const CHILD_ENTRY = entry('child-entry');

/** `--import tsx` would not do: in a thread it leaves dynamic imports of TypeScript to Node 20, which knows none. */
export const EXEC_ARGV: string[] = fromSource ? ['--import', `data:text/javascript,${registration()}`] : [];

function entry(name: string): string {
  return fileURLToPath(new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url));
}

function registration(): string {
  return `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`;
}
