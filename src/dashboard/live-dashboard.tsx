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
import { Suspension } from './suspension.js';
import { TerminalTitle } from './terminal-title.js';
import { titleOf } from './views/title.js';
import { App } from './views/app.js';

/** Milliseconds between looks for something new. */
const TICK = 250;
/** Without events, the clock and the slots still move: a frame after so many milliseconds. */
const IDLE = 1000;
/** Drawing may take one part in so many of the time, */
const SHARE = 20;
/** but however slow the machine, the clock does not rest for longer than so many milliseconds. */
const LONGEST_REST = 1000;

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
  private drawnAt = 0;
  private restUntil = 0;
  private readonly title: TerminalTitle;
  private readonly suspension: Suspension;
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
    this.holdStray();
    this.title = new TerminalTitle((text) => this.stray.write(output, text));
    this.painter.open();
    this.showTitle();
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
    this.suspension = new Suspension({
      leave: () => {
        this.leaveScreen();
        input.setRawMode(false);
      },
      enter: () => {
        input.setRawMode(true);
        this.holdStray();
        this.painter.open();
        this.showTitle();
        this.repaint();
      },
    });
  }

  readonly close = (): void => {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.unsubscribe();
    this.output.off('resize', this.repaint);
    process.off('exit', this.close);
    this.suspension.close();
    this.instance.unmount();
    this.leaveScreen();
    this.resolveClosed();
  };

  private leaveScreen(): void {
    this.title.restore();
    this.painter.close();
    this.stray.release();
  }

  /** What others write would tear the screen, if it goes to the same terminal. */
  private holdStray(): void {
    const { output } = this;
    if (output === process.stdout || output === process.stderr) this.stray.hold([process.stdout, process.stderr]);
  }

  private showTitle(): void {
    this.title.set(titleOf(this.model));
  }

  /** Draws everything anew: the size has changed, or something else has written on the screen. */
  private readonly repaint = (): void => {
    this.painter.forget();
    this.instance.rerender(this.app());
  };

  private tick(): void {
    if (this.suspension.isAway) return this.suspension.look();
    const began = performance.now();
    if (began < this.restUntil || (!this.isNews && began - this.drawnAt < IDLE)) return;
    this.isNews = false;
    this.drawnAt = began;
    this.showTitle();
    this.instance.rerender(this.app());
    const ended = performance.now();
    this.restUntil = ended + restAfter(ended - began);
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
        onSuspend={() => this.suspension.ask()}
        onMouse={(isOn) => (this.painter.mouse = isOn)}
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

/** Milliseconds without a frame after one that took so many, as a clock on the wall counts: a busy machine stretches them. */
export function restAfter(took: number): number {
  return Math.min(LONGEST_REST, SHARE * took);
}

function isInput(input: TerminalInput): input is NodeJS.ReadStream {
  return 'on' in input;
}

function isOutput(output: TerminalOutput): output is NodeJS.WriteStream {
  return 'on' in output;
}
