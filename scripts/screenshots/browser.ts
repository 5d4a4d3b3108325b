// A headless Chromium, driven over a pipe by its DevTools protocol: open a page, look, click, take a picture.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Milliseconds in which a browser that was asked to end should. */
const PATIENCE = 3000;
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
];

/** The path of a Chromium, if this machine has one. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export interface PageOptions {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** Pixels of the picture to a pixel of the page. */
  readonly scale?: number;
}

export class Browser {
  /** Console errors, exceptions and violations of the page's own policy. */
  readonly errors: string[] = [];
  /** What the page asked for, the page itself and data: URIs aside. */
  readonly requests: string[] = [];
  private session: string | undefined;
  private target: string | undefined;
  private nextId = 1;
  private rest = '';
  private readonly waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }
  >();

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    (process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.receive(text));
  }

  static launch(path: string): Browser {
    const profile = mkdtempSync(join(tmpdir(), 'hpo-browser-'));
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    // A process group of its own, so that its helpers end with it. It ends by itself when the pipe closes.
    const options = { stdio: [...stdio], detached: true };
    return new Browser(spawn(path, [...ARGUMENTS, `--user-data-dir=${profile}`], options), profile);
  }

  /** Opens an address in a page of its own and waits until it is loaded. */
  async open(url: string, { width, height, dark = false, scale = 1 }: PageOptions): Promise<void> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.session = sessionId as string;
    this.target = targetId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: scale,
      mobile: width < 600,
    });
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    });
    await this.send('Page.navigate', { url });
    await this.until("document.readyState === 'complete'");
  }

  /** Closes the page that was opened last. */
  async closePage(): Promise<void> {
    if (this.target !== undefined) await this.send('Target.closeTarget', { targetId: this.target });
    this.target = undefined;
    this.session = undefined;
  }

  /** The value of an expression on the page; promises are awaited. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: Value }).value;
  }

  /** Waits, at most about half a minute, until the expression is true on the page. */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (await this.evaluate<boolean>(expression)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`expected ${expression} to become true, it did not`);
  }

  /** Scrolls to every plot of a report, so that each is drawn, and back to the top. */
  async drawAll(): Promise<void> {
    const plots = await this.evaluate<number>("document.querySelectorAll('[data-plot]').length");
    for (let i = 0; i < plots; i++) {
      const plot = `document.querySelectorAll('[data-plot]')[${i}]`;
      await this.evaluate(`${plot}.scrollIntoView({ behavior: 'instant', block: 'center' })`);
      await this.until(`${plot}.querySelector('canvas') !== null`);
    }
    await this.evaluate("scrollTo({ top: 0, behavior: 'instant' })");
  }

  /** A PNG of the whole page, or of the part that is in view. */
  async screenshot(whole = true): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
    return Buffer.from(data as string, 'base64');
  }

  /** The page as a PDF on A4, as the browser's own print dialog makes it. */
  async pdf(): Promise<Buffer> {
    const paper = { paperWidth: 210 / 25.4, paperHeight: 297 / 25.4, preferCSSPageSize: true };
    const { data } = await this.send('Page.printToPDF', { ...paper, printBackground: true });
    return Buffer.from(data as string, 'base64');
  }

  /** Shows the page as it would look on paper, or on a screen again. */
  async emulateMedia(media: 'print' | 'screen'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', { media });
  }

  /** A slow link: milliseconds of delay, bytes a second; as fast as can be without. */
  async slowDown(link?: { readonly latency: number; readonly bytesPerSecond: number }): Promise<void> {
    const { latency, bytesPerSecond } = link ?? { latency: 0, bytesPerSecond: -1 };
    const throughput = { downloadThroughput: bytesPerSecond, uploadThroughput: bytesPerSecond };
    await this.send('Network.emulateNetworkConditions', { offline: false, latency, ...throughput });
  }

  /** A press of the mouse from one point to another; the same point for a click. */
  async drag(fromX: number, fromY: number, toX: number, toY: number): Promise<void> {
    const mouse = (type: string, x: number, y: number): Promise<unknown> =>
      this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1 });
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: fromX, y: fromY });
    await mouse('mousePressed', fromX, fromY);
    for (let i = 1; i <= 5; i++) {
      await mouse('mouseMoved', fromX + ((toX - fromX) * i) / 5, fromY + ((toY - fromY) * i) / 5);
    }
    await mouse('mouseReleased', toX, toY);
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill();
      const impatience = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(impatience);
    }
    this.killGroup();
    // What was written at the last moment may still appear.
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }

  private killGroup(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // None of the group is left.
    }
  }

  private send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.nextId++;
    const isOfPage = !method.startsWith('Target.');
    const message = {
      id,
      method,
      params,
      ...(isOfPage && this.session !== undefined ? { sessionId: this.session } : {}),
    };
    (this.process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private receive(text: string): void {
    const messages = (this.rest + text).split('\0');
    this.rest = messages.pop() ?? '';
    for (const message of messages) this.handle(JSON.parse(message) as Message);
  }

  private handle({ id, sessionId, method, params = {}, result, error }: Message): void {
    const waiting = id === undefined ? undefined : this.waiting.get(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result ?? {});
    // What a page says that was closed is of another test.
    if (sessionId !== this.session) return;
    if (method === 'Runtime.exceptionThrown') this.errors.push(JSON.stringify(params['exceptionDetails']));
    if (method === 'Runtime.consoleAPICalled' && params['type'] !== 'log')
      this.errors.push(JSON.stringify(params['args']));
    if (method === 'Log.entryAdded') this.errors.push(JSON.stringify(params['entry']));
    if (method === 'Network.requestWillBeSent') this.note(params['request'] as { url: string });
  }

  private note({ url }: { readonly url: string }): void {
    if (!/^(file|data|about|blob):/.test(url) || (url.startsWith('file:') && this.isOtherFile(url)))
      this.requests.push(url);
  }

  private isOtherFile(url: string): boolean {
    return !url.split(/[?#]/, 1)[0]?.endsWith('.html');
  }
}
