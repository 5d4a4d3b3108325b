// A dashboard that is open: takes the screen, redraws at a bounded rate, gives the screen back.
import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import { messageOf } from '../study/errors.js';
import { asciiCells, showsUtf8 } from '../system/ascii.js';
import { StudyModel } from './model/study-model.js';
import { Painter } from './painter.js';
import { startPlain } from './plain.js';
import type { Dashboard, DashboardOptions, TerminalInput, TerminalOutput } from './dashboard.js';
import { StrayOutput } from './stray-output.js';
import { App } from './views/app.js';

/** Milliseconds between looks for something new. */
const TICK = 250;
/** Without events, the clock and the slots still move: a frame in so many ticks. */
const IDLE_TICKS = 4;
/** Drawing may take one part in so many of the time, on however slow a machine. */
const SHARE = 20;

/** Draws the study until it is closed. Whatever goes wrong in drawing, the study goes on, with plain lines instead. */
export class LiveDashboard implements Dashboard {
  readonly closed: Promise<void>;
  private readonly output: NodeJS.WriteStream;
  private readonly stray = new StrayOutput();
  private readonly painter: Painter;
  private readonly model: StudyModel;
  private readonly clock: () => number;
  private readonly colour: boolean;
  /** What the terminal can show of a text. */
  private readonly signs: (text: string) => string;
  private readonly unsubscribe: () => void;
  private readonly instance: Instance;
  private readonly timer: NodeJS.Timeout;
  private isNews = false;
  private ticks = 0;
  private restUntil = 0;
  private isClosed = false;
  private resolveClosed: () => void = () => {};

  constructor(private readonly options: DashboardOptions) {
    const { source, input = process.stdin, output = process.stdout, clock = Date.now, env = process.env } = options;
    // Ink needs streams of Node, and its types ask for them.
    if (!isInput(input) || !isOutput(output))
      throw new TypeError('expected streams of Node to draw on, such as process.stderr');
    this.output = output;
    this.clock = clock;
    this.colour = !env['NO_COLOR'];
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
    this.signs = showsUtf8(env) ? (text) => text : asciiCells;
    this.painter = new Painter({
      get columns() {
        return output.columns;
      },
      get rows() {
        return output.rows;
      },
      write: (text) => this.stray.write(output, this.signs(text)),
    });
    this.model = new StudyModel(source.past);
    this.unsubscribe = source.subscribe((event) => {
      this.model.apply(event);
      this.isNews = true;
    });
    if (output === process.stdout || output === process.stderr) this.stray.hold([process.stdout, process.stderr]);
    this.painter.open();
    output.on('resize', this.repaint);
    process.on('exit', this.close);
    this.instance = render(this.app(), {
      // Ink needs no more of a stream than the painter has.
      stdout: this.painter as unknown as NodeJS.WriteStream,
      stdin: input,
      exitOnCtrlC: false,
      patchConsole: false,
      debug: true, // whole frames, for the painter to compare
    });
    this.instance.waitUntilExit().catch((error: unknown) => this.fail(error));
    this.timer = setInterval(() => this.tick(), TICK);
    this.timer.unref();
  }

  readonly close = (): void => {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.unsubscribe();
    this.output.off('resize', this.repaint);
    process.off('exit', this.close);
    this.instance.unmount();
    this.painter.close();
    this.stray.release();
    this.resolveClosed();
  };

  /** Draws everything anew: the size has changed, or something else has written on the screen. */
  private readonly repaint = (): void => {
    this.painter.forget();
    this.instance.rerender(this.app());
  };

  private tick(): void {
    this.ticks++;
    if (!this.isNews && this.ticks % IDLE_TICKS !== 0) return;
    const began = performance.now();
    if (began < this.restUntil) return;
    this.isNews = false;
    this.instance.rerender(this.app());
    this.restUntil = performance.now() + SHARE * (performance.now() - began);
  }

  private app(): ReactElement {
    return (
      <App
        model={this.model}
        status={this.options.source.status()}
        controls={this.options.controls}
        size={this.painter.size}
        now={this.clock()}
        colour={this.colour}
        onQuit={this.close}
        onRepaint={this.repaint}
        onUnmount={this.close}
      />
    );
  }

  private fail(error: unknown): void {
    this.close();
    const { source, clock } = this.options;
    this.output.write(`the dashboard failed; the study continues: ${messageOf(error)}\n`);
    startPlain({
      source,
      line: (text) => void this.output.write(`${this.signs(text)}\n`),
      ...(clock === undefined ? {} : { clock }),
    });
  }
}

function isInput(input: TerminalInput): input is NodeJS.ReadStream {
  return 'on' in input;
}

function isOutput(output: TerminalOutput): output is NodeJS.WriteStream {
  return 'on' in output;
}
