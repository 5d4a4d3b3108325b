// A Python that has a module, for checks against the tools that read what is written: HPO_PYTHON, or python3.
import { spawnSync } from 'node:child_process';

export function pythonWith(module: string): string | undefined {
  return [process.env['HPO_PYTHON'], 'python3'].find(
    (python): python is string => python !== undefined && spawnSync(python, ['-c', `import ${module}`]).status === 0,
  );
}
