// A real terminal to run a program in: tmux, on a server of its own.
import { spawnSync } from 'node:child_process';

export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0;
}

export class Terminal {
  private constructor(private readonly server: string) {}

  /** Starts `command` (a shell's) in a terminal of this size. */
  static start(command: string, columns: number, rows: number, env: Readonly<Record<string, string>> = {}): Terminal {
    const terminal = new Terminal(`hpo-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
    const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`);
    const size = ['-x', String(columns), '-y', String(rows)];
    // What a continuous integration or a test runner has set would change what the program shows.
    const clean = `env -u CI -u NODE_ENV -u NO_COLOR ${variables.join(' ')} ${command}; sleep 600`;
    terminal.tmux('new-session', '-d', '-s', 'main', ...size, clean);
    return terminal;
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-t', 'main', '-x', String(columns), '-y', String(rows));
  }

  type(...keys: readonly string[]): void {
    this.tmux('send-keys', '-t', 'main', ...keys);
  }

  /** The rows of the screen; with colours as escape sequences where asked. */
  screen(withColours = false): string[] {
    return this.tmux('capture-pane', '-t', 'main', '-p', ...(withColours ? ['-e'] : []))
      .split('\n')
      .slice(0, -1);
  }

  end(): void {
    this.tmux('kill-server');
  }

  private tmux(...parts: readonly string[]): string {
    return spawnSync('tmux', ['-u', '-L', this.server, '-f', '/dev/null', ...parts], { encoding: 'utf8' }).stdout;
  }
}
