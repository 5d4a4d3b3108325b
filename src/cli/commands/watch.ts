// hpo watch: the dashboard of a study that another process runs, or pages of studies for a browser.
import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { DashboardSource } from '../../dashboard/source.js';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';
import { onInterrupt } from '../run/interrupts.js';
import type { Screen, Terminal } from '../terminal.js';

const MORE = `
--web prints an address to open in a browser: the report, kept up to date, with buttons to pause, prune and finish a study that runs. Whoever has the
address can use it. Only this machine reaches it, unless --host says otherwise. With several studies, or a folder of runs, it begins with a list.
Ctrl-C ends it; studies go on.`;

export function addWatchCommand(program: Command, cli: Cli): void {
  program
    .command('watch')
    .description('watch a study that another process runs; without a terminal, as lines of text')
    .argument('<studies...>', 'a study.json, its folder, or its run folder; with --web several, or a folder of runs')
    .option('--web', 'serve pages for a browser, which follow the studies')
    .addOption(new Option('--host <address>', 'with --web: where to listen (default: 127.0.0.1, this machine alone)'))
    .option('--port <number>', 'with --web: the port (default: any that is free)', parsePort)
    .addHelpText('after', MORE)
    .action((studies: readonly string[], options: WatchOptions) => {
      return options.web === true ? serve(cli, studies, options) : watch(cli, studies, options);
    });
}

interface WatchOptions {
  readonly web?: boolean;
  readonly host?: string;
  readonly port?: number;
}

/** @throws HpoError ERR_STUDY_NOT_FOUND; ERR_JOURNAL_DAMAGED also later, once the journal can no longer be read. */
async function watch({ terminal }: Cli, studies: readonly string[], options: WatchOptions): Promise<void> {
  const [text = '', ...others] = studies;
  if (options.host !== undefined || options.port !== undefined || others.length > 0) {
    const what = others.length > 0 ? 'several studies' : options.host === undefined ? '--port' : '--host';
    throw new HpoError('ERR_USAGE', `expected --web with ${what}: in a terminal, one study is watched`);
  }
  const { locateStudy } = await import('../../app/files/locate-study.js');
  const { watchStudy } = await import('../../dashboard/watch-study.js');
  const unreadable = new AbortController();
  const source = await watchStudy(locateStudy(text).layout.root, { onError: (error) => unreadable.abort(error) });
  try {
    const { screen } = terminal;
    await (screen === undefined
      ? plainly(source, terminal, unreadable.signal)
      : drawn(source, screen, unreadable.signal));
    unreadable.signal.throwIfAborted();
  } finally {
    source.close();
  }
}

/** Until Ctrl-C. @throws HpoError ERR_STUDY_NOT_FOUND; ERR_USAGE where nothing can listen there. */
async function serve({ terminal }: Cli, studies: readonly string[], { host, port }: WatchOptions): Promise<void> {
  const { serveWeb } = await import('../../app/serve-web.js');
  const { out, err } = terminal;
  const { onWarning } = messagesTo(err);
  const web = await serveWeb(studies, { host, port, onWarning });
  if (web.isOpen) {
    onWarning?.(
      'other machines can reach this server. Whoever has the address sees the studies, and can pause, prune and finish them; nothing is encrypted',
    );
  }
  for (const address of web.addresses) out.line(address);
  await new Promise<void>((resolve) => {
    const stopListening = onInterrupt((times) => {
      if (times > 1) process.exit();
      stopListening();
      resolve();
    });
  });
  await web.close();
}

async function drawn(source: DashboardSource, screen: Screen, unreadable: AbortSignal): Promise<void> {
  const { startDashboard } = await import('../../dashboard/start-dashboard.js');
  const dashboard = await startDashboard({ source, ...screen });
  unreadable.addEventListener('abort', () => dashboard.close());
  await dashboard.closed;
}

const LOOK_EVERY_MS = 250;

/** Lines for as long as somebody runs the study. */
async function plainly(source: DashboardSource, { out, onClosed }: Terminal, unreadable: AbortSignal): Promise<void> {
  const { startPlain } = await import('../../dashboard/plain.js');
  const closed = new AbortController();
  onClosed(() => closed.abort());
  const isRead = (): boolean => !closed.signal.aborted && !unreadable.aborted;
  const lines = startPlain({ source, style: out.style, line: (text) => out.line(text), introduced: true });
  while (isRead() && source.status().live !== false) await setTimeout(LOOK_EVERY_MS);
  lines.stop();
  if (isRead()) out.line('the study is not running');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new HpoError('ERR_USAGE', `expected a whole number from 0 to 65535 at --port, got '${text}'`);
}
