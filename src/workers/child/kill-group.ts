// Ends a process and all that it started.

/** The group that `pid` leads; on Windows, which has none, the process itself. Nothing where it is gone. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // gone already
  }
}
