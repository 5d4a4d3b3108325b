// hpo workers: who is at a queue, since when, doing what.
import type { Command } from 'commander';
import type { QueueListing } from '../../app/list-workers.js';
import { formatDuration } from '../../system/format.js';
import { type Cli, writeJson } from '../cli.js';
import { hideAddress, queueAddress } from '../queue-address.js';
import { formatTable } from '../table.js';

export function addWorkersCommand(program: Command, cli: Cli): void {
  program
    .command('workers')
    .description('list the workers at a queue: since when they are there, and what they do')
    .argument('[address]', 'the queue (default: HPO_QUEUE in the environment)')
    .option('--json', 'as JSON')
    .action((address: string | undefined, options: { readonly json?: boolean }) => list(cli, address, options));
}

async function list(cli: Cli, text: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const address = queueAddress(text);
  hideAddress('workers', address);
  const { listWorkers } = await import('../../app/list-workers.js');
  const listing = await listWorkers(address);
  const { out } = cli.terminal;
  if (json === true) return writeJson(cli, listing);
  for (const line of linesOf(listing, Date.now())) out.line(line);
}

/** @param now milliseconds since 1970. */
export function linesOf({ address, studies, idle }: QueueListing, now: number): string[] {
  const lines = studies.flatMap(({ study, workers }) => {
    const total = workers.reduce((sum, { ended }) => sum + ended, 0);
    const rows = workers.map(({ machine, since, trials, ended }) => [
      machine.host,
      String(machine.pid),
      String(machine.slots),
      formatDuration(Math.max(0, Math.round((now - since) / 1000))),
      trials.length === 0 ? 'idle' : trials.join(', '),
      total === 0 ? '0' : `${ended} (${Math.round((100 * ended) / total)} %)`,
      machine.kind.engine ?? 'own trainer',
      machine.kind.processor,
    ]);
    return [`study ${study}`, ...formatTable(HEADER, rows)];
  });
  if (studies.length === 0) lines.push(`no study is run at ${address}`);
  if (idle.length > 0) lines.push(`waiting for a study: ${idle.join(', ')}`);
  return lines;
}

const HEADER = ['machine', 'process', 'slots', 'since', 'trials', 'ended', 'engine', 'processor'];
