// Where a command writes: results on stdout, everything else on stderr.
import { suitsDashboard } from '../dashboard/start-dashboard.js';
import { visibleText } from '../system/visible-text.js';
import { asciiText, showsUtf8 } from '../system/ascii.js';
import { COLOURED, COLOURS, MANY_COLOURS, PLAIN, type Style } from './style.js';

export interface Outlet {
  /** Writes text for people and a line break; in ASCII where the terminal has no UTF-8. */
  line(text?: string): void;
  /** Writes what programs read, such as JSON, and a line break: as it is. */
  data(text: string): void;
  /** Writes text in place of what `replace` wrote last, without a line break. Only on a terminal. */
  replace(text: string): void;
  readonly style: Style;
  /** Whether a person sees it as it is written, and it may be drawn over. */
  readonly isTerminal: boolean;
  /** Width in characters. */
  readonly columns: number;
}

/** What a dashboard is drawn on, and where its keys come from. */
export interface Screen {
  readonly output: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
}

export interface Terminal {
  readonly out: Outlet;
  readonly err: Outlet;
  /** Missing where nothing can be drawn over: in files, pipes, CI. */
  readonly screen?: Screen;
  /** Rings the terminal's bell, if stderr is a terminal. */
  readonly bell: () => void;
  /** Calls `listener` once nobody reads stdout any more, as after `hpo … | head`. */
  readonly onClosed: (listener: () => void) => void;
}

const DEFAULT_COLUMNS = 100;
/** The exit code. */
const FAILED = 1;

/** The terminal of this process. NO_COLOR (no-color.org) and TERM=dumb turn colours off. */
export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  // By default there is nobody to write for, so there is nothing left to do.
  let closed = (): void => process.exit(0);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failOutput(error);
    closed();
  });
  process.stderr.on('error', () => {}); // nobody left to tell
  const screen = { output: process.stderr, input: process.stdin };
  return {
    ...(suitsDashboard(screen.output, screen.input, env) ? { screen } : {}),
    out: outletOf(process.stdout, env),
    err: outletOf(process.stderr, env),
    bell: () => {
      if (process.stderr.isTTY) process.stderr.write('\u0007');
    },
    onClosed(listener) {
      closed = () => {
        closed = () => {};
        listener();
      };
    },
  };
}

/** A full disk, for one: said once, and the process ends as failed, however the command ends. */
function failOutput(error: Error): void {
  process.stderr.write(`error: could not write to standard output: ${visibleText(error.message)}\n`);
  process.once('exit', () => (process.exitCode = FAILED));
}

function outletOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Outlet {
  const isTerminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const coloured = isTerminal && !env['NO_COLOR'];
  const isUtf8 = showsUtf8(env);
  // The one way out: whatever is in names, values and messages, it does not control the terminal.
  const data = (text: string): void => void stream.write(`${visibleText(text, coloured ? COLOURS : undefined)}\n`);
  return {
    data,
    line: (text = '') => data(isUtf8 ? text : asciiText(text)),
    replace: (text) => {
      const shown = visibleText(isUtf8 ? text : asciiText(text), coloured ? COLOURS : undefined);
      stream.write(`\r${shown}\u001b[K`);
    },
    style: !coloured ? PLAIN : stream.getColorDepth(env) >= 8 ? MANY_COLOURS : COLOURED,
    isTerminal,
    get columns() {
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- undefined where the stream is no terminal
      return stream.columns ?? DEFAULT_COLUMNS;
    },
  };
}
