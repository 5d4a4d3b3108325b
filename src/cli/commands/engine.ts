// hpo engine: installs the TensorFlow binding for this machine, removes it, lists the engines.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { onInterrupt } from '../run/interrupts.js';

export function addEngineCommand(program: Command, cli: Cli): void {
  const command = program.command('engine').description('list the engines; build the tensorflow engine');
  command
    .command('list')
    .description('list the engines, with their measured speed or the reason why they are missing')
    .option('--json', 'as JSON')
    .option('--fresh', 'measure again')
    .action(async (options: { readonly json?: boolean; readonly fresh?: boolean }) => {
      const { listEngines } = await import('../../app/examine-machine.js');
      const { engineLines } = await import('../engine/engine-lines.js');
      const engines = await listEngines({ fresh: options.fresh, ...messagesTo(cli.terminal.err) });
      if (options.json === true) return writeJson(cli, engines);
      for (const line of engineLines(engines)) cli.terminal.out.line(line);
    });
  command
    .command('install')
    .description(
      'build the tensorflow engine for this machine, with the TensorFlow of a Python or of a downloaded wheel',
    )
    .option('--cuda', 'for NVIDIA GPUs')
    .option('--python <path>', 'the Python whose TensorFlow is used, or whose pip downloads it', 'python3')
    .action((options: InstallOptions) => install(cli, options));
  command
    .command('remove')
    .description('remove what install built')
    .action(async () => {
      const { removeEngine } = await import('../../app/install-engine.js');
      const removed = await removeEngine();
      cli.terminal.err.line(removed === undefined ? 'there was nothing to remove' : `removed ${removed}`);
    });
}

interface InstallOptions {
  readonly cuda?: boolean;
  readonly python: string;
}

async function install(cli: Cli, options: InstallOptions): Promise<void> {
  const { out, err } = cli.terminal;
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
  });
  try {
    const { installEngine } = await import('../../app/install-engine.js');
    const messages = { onProgress: (step: string) => err.line(step) };
    const { folder, tensorflow, cuda } = await installEngine({ ...options, ...messages, signal: abort.signal });
    out.line(folder);
    err.line(`the tensorflow engine works: TensorFlow ${tensorflow}, for ${cuda ? 'NVIDIA GPUs' : 'processors'}`);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    err.line('stopped; nothing was changed');
    cli.exitCode = EXIT.interrupted;
  } finally {
    stopListening();
  }
}
