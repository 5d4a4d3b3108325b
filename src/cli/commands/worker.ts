// hpo worker: this machine trains for studies that are run at a queue.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ENGINE_CHOICES } from '../../study/engine-names.js';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';
import { OFFLINE } from '../offline-option.js';
import { PYTHON } from '../python-option.js';
import { QUEUE_VARIABLE, hideAddress, queueAddress } from '../queue-address.js';

const MORE = `
The address is the one of hpo run --queue. Without it, ${QUEUE_VARIABLE} in the environment is used; HPO_QUEUE_PASSWORD may hold the password.
Ctrl-C lets running epochs end and gives their trials back; a second Ctrl-C gives them back at once. SIGTERM does so after 20 seconds.`;

export function addWorkerCommand(program: Command, cli: Cli): void {
  program
    .command('worker')
    .description('train for studies that hpo run --queue runs, on this machine')
    .argument('[address]', 'the queue: redis://…, rediss://… or postgres://…')
    .option('--slots <number>', 'trials at once (default: as hpo run would choose here)', parseSlots)
    .addOption(
      new Option('--engine <name>', 'the engine that trains (default: that of the study)').choices(ENGINE_CHOICES),
    )
    .option('--gpus <list>', 'GPUs: auto, how many, or which, such as 0,2', parseGpus)
    .option('--files <folder>', 'where this machine sees the folder of hpo run --files')
    .option('--map <from=to>', "a path of the study's machine and what it is here; can be given again", collectMap, [])
    .option('--trainer <file>', 'a trainer that this worker may execute: a module, or a study.json with it')
    .option('--once', 'end with the first study')
    .option(...PYTHON)
    .option(...OFFLINE)
    .addHelpText('after', MORE)
    .action((address: string | undefined, options: WorkerOptions) => work(cli, address, options));
}

interface WorkerOptions {
  readonly slots?: number;
  readonly engine?: (typeof ENGINE_CHOICES)[number];
  readonly gpus?: 'auto' | number | (number | string)[];
  readonly files?: string;
  readonly map: readonly { readonly from: string; readonly to: string }[];
  readonly trainer?: string;
  readonly once?: boolean;
  readonly offline?: boolean;
}

/** Milliseconds after SIGTERM until trials are given back in the middle of an epoch: machines that can be taken away give 25 or 30 s. */
const PATIENCE = 20_000;
/** Milliseconds after a worker has left until its process ends, whatever still runs in it. */
const LAST = 1000;

async function work({ terminal }: Cli, text: string | undefined, options: WorkerOptions): Promise<void> {
  const address = queueAddress(text);
  hideAddress('worker', address);
  const { runWorker } = await import('../../app/run-worker.js');
  const [leave, leaveNow] = [new AbortController(), new AbortController()];
  const { err } = terminal;
  let times = 0;
  const now = (): void => {
    leave.abort();
    leaveNow.abort();
  };
  const ask = (signal: NodeJS.Signals): void => {
    times++;
    if (times > 2) process.exit(130);
    if (times === 2) return now();
    err.line('leaving: running epochs end, and their trials go to others; Ctrl-C again leaves at once');
    leave.abort();
    if (signal !== 'SIGINT') setTimeout(now, PATIENCE).unref();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, ask);
  try {
    const { files, map, ...others } = options;
    const { signal } = leave;
    await runWorker(address, {
      ...{ ...others, ...messagesTo(err), leave: signal, leaveNow: leaveNow.signal },
      maps: map,
      ...(files === undefined ? {} : { files: resolve(files) }),
    });
  } finally {
    for (const signal of signals) process.off(signal, ask);
    // What was being prepared for a study ends with it.
    if (leave.signal.aborted) setTimeout(() => process.exit(), LAST).unref();
  }
}

function parseSlots(text: string): number {
  const slots = Number(text);
  if (Number.isInteger(slots) && slots >= 1 && slots <= 1024) return slots;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 to 1024 at --slots, got '${text}'`);
}

function parseGpus(text: string): 'auto' | number | (number | string)[] {
  if (text === 'auto') return 'auto';
  if (/^\d+$/.test(text)) return Number(text);
  const names = text.split(',').map((name) => name.trim());
  if (names.length > 0 && names.every((name) => name !== '')) {
    return names.map((name) => (/^\d+$/.test(name) ? Number(name) : name));
  }
  throw new HpoError('ERR_USAGE', `expected auto, a number or a list such as 0,2 at --gpus, got '${text}'`);
}

function collectMap(text: string, before: WorkerOptions['map']): WorkerOptions['map'] {
  const [from = '', to = '', ...more] = text.split('=');
  if (from.startsWith('/') && to !== '' && more.length === 0) return [...before, { from, to: resolve(to) }];
  throw new HpoError('ERR_USAGE', `expected two paths such as /data=/mnt/data at --map, got '${text}'`);
}
