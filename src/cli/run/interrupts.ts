// Ctrl-C, and the other ways in which a process is asked to end.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `listener` with how often it was asked, from 1. Returns the way to stop listening; signals then end the process. */
export function onInterrupt(listener: (times: number) => void): () => void {
  let times = 0;
  const asked = (): void => listener(++times);
  for (const signal of SIGNALS) process.on(signal, asked);
  return () => {
    for (const signal of SIGNALS) process.off(signal, asked);
  };
}
