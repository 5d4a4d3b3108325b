// What a trainer prints goes to the study's log, line by line: the terminal belongs to the study.

/** Redirects this thread's stdout and stderr, and with them its console, for good. */
export function captureOutput(log: (line: string) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    let rest = '';
    stream.write = (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(log);
      const done = more.at(-1);
      if (typeof done === 'function') queueMicrotask(done as () => void);
      return true;
    };
  }
}
