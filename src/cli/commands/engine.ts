// hpo engine: installs the TensorFlow binding for this machine, removes it, lists the engines.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import type { EngineInstallOptions } from '../engine/execute-install.js';
import { messagesTo } from '../messages.js';

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
    .action(async (options: EngineInstallOptions) => {
      const { executeInstall } = await import('../engine/execute-install.js');
      cli.exitCode = await executeInstall(cli, options);
    });
  command
    .command('remove')
    .description('remove what install built')
    .action(async () => {
      const { executeRemove } = await import('../engine/execute-install.js');
      await executeRemove(cli);
    });
}
