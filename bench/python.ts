// Runs a peer written in Python, where there is a Python that has it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const python = process.env.HPO_PYTHON ?? 'python3';

/** Whether the Python of HPO_PYTHON, or python3, can import the modules. Says so on stderr where it cannot. */
export function hasPython(...modules: string[]): boolean {
  const { status } = spawnSync(python, ['-c', modules.map((name) => `import ${name}`).join('\n')]);
  if (status !== 0) console.error(`skipped: ${python} cannot import ${modules.join(', ')}; name another in HPO_PYTHON`);
  return status === 0;
}

/** What bench/peers/<script>.py prints, parsed; one computing thread. */
// The caller says what its script prints.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function runPeer<Output>(script: string, ...options: (string | number)[]): Output {
  const path = fileURLToPath(new URL(`peers/${script}.py`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [path, ...options.map(String)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  if (status !== 0) throw new Error(`${script}.py failed: ${stderr}`);
  return JSON.parse(stdout) as Output;
}
