// hpo plan: what a study would do. Runs nothing.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { messagesTo } from '../messages.js';
import { OFFLINE } from '../offline-option.js';

export function addPlanCommand(program: Command, cli: Cli): void {
  program
    .command('plan')
    .description('show what a study would do and cost; runs nothing')
    .argument('<study>', 'a study.json or its folder')
    .option('--json', 'as JSON')
    .option(...OFFLINE)
    .action(async (study: string, options: { readonly json?: boolean; readonly offline?: boolean }) => {
      const { planStudy } = await import('../../app/plan-study.js');
      const plan = await planStudy(study, { offline: options.offline, ...messagesTo(cli.terminal.err) });
      if (options.json === true) return writeJson(cli, plan);
      const { planLines } = await import('../plan/plan-text.js');
      const { out } = cli.terminal;
      for (const line of planLines(plan, out.style)) out.line(line);
    });
}
