// The option of commands that may use the torch engine.

/** As HPO_PYTHON: what this process starts inherits it. */
function usePython(path: string): string {
  process.env['HPO_PYTHON'] = path;
  return path;
}

export const PYTHON = ['--python <path>', 'the Python whose PyTorch the torch engine uses', usePython] as const;
