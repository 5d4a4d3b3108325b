// hpo run: runs a study, or continues it.
import { type Command, Option } from 'commander';
import type { StudySession } from '../../app/open-study.js';
import type { Activity } from '../../controller/activity.js';
import type { StudyControl } from '../../controller/study-control.js';
import type { StudyEnd } from '../../controller/study-end.js';
import { ENGINE_CHOICES } from '../../study/engine-names.js';
import { HpoError } from '../../study/errors.js';
import { parseDuration } from '../../system/duration.js';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { OFFLINE } from '../offline-option.js';
import { PYTHON } from '../python-option.js';
import { hideAddress, queueAddress } from '../queue-address.js';
import { onInterrupt } from '../run/interrupts.js';
import type { RunView } from '../run/run-view.js';

const MORE = `
--time counts from the start of the command; running trials pause at their next report, so it ends at most one epoch later.
Ctrl-C pauses the running trials; a second Ctrl-C stops at once. Nothing is lost; the same command continues.
With --json every event is a line of JSON on stdout; the last line is { "type": "ended", … }.
With --queue this machine trains too if --workers says so. Without an address, HPO_QUEUE in the environment is used.
The run folder lies beside the file: study.json runs in study.run/.`;

export function addRunCommand(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a study, or continue it')
    .argument('<study>', 'a study.json or its folder')
    .option('--plain', 'progress as lines of text, also in a terminal')
    .option('--json', 'events on stdout, one JSON object a line')
    .option('--workers <number>', 'trials at once (default: as in the study)', parseWorkers)
    .addOption(
      new Option('--engine <name>', 'the engine that trains (default: as in the study)').choices(ENGINE_CHOICES),
    )
    .option('--queue [address]', 'train on workers (hpo worker) at this queue: redis://…, rediss://… or postgres://…')
    .option('--files <folder>', 'with --queue: a folder that all workers see, which holds the study')
    .option('--mirror <file>', 'keep an Optuna journal of the study up to date, for optuna-dashboard')
    .option('--time <duration>', 'end after this time with what there is, such as 90s, 20m or 1h30m', parseTime)
    .option('--bell', 'ring the terminal bell when the study ends')
    .option('--fresh', 'start over; an earlier run is moved to earlier/, not deleted')
    .option('--no-feature-reuse', 'compute frozen features again each time: the same numbers, more work')
    .option(...PYTHON)
    .option(...OFFLINE)
    .addHelpText('after', MORE)
    .action((study: string, options: RunOptions) => run(cli, study, options));
}

interface RunOptions {
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly workers?: number;
  readonly engine?: (typeof ENGINE_CHOICES)[number];
  readonly queue?: string | true;
  readonly files?: string;
  readonly mirror?: string;
  readonly time?: number;
  readonly bell?: boolean;
  readonly fresh?: boolean;
  readonly featureReuse: boolean;
  readonly offline?: boolean;
}

async function run(cli: Cli, study: string, options: RunOptions): Promise<void> {
  const { terminal } = cli;
  const queue = options.queue === undefined ? undefined : queueAddress(options.queue);
  if (queue !== undefined) hideAddress('run', queue);
  if (queue === undefined && options.files !== undefined) {
    throw new HpoError('ERR_USAGE', 'expected --queue with --files: without workers elsewhere, nobody shares a folder');
  }
  const { openStudy } = await import('../../app/open-study.js');
  const { restoreWinner } = await import('../../app/model/restore-winner.js');
  const { StudyControl } = await import('../../controller/study-control.js');
  const { openViews } = await import('../run/views.js');
  const { resultJson, resultLines } = await import('../run/result.js');
  const began = performance.now();
  const { limitTime, timeOf } = await import('../../app/time-limit.js');
  const control = new StudyControl();
  let liftLimit = limitTime(control, options.time);
  const views: RunView[] = [];
  let session: StudySession | undefined;
  const stopListening = onInterrupt((times) => {
    // Before the study is open there is nothing to pause; a third time nothing is waited for.
    if (session === undefined) terminal.err.line('interrupted before the study was opened; nothing was changed');
    if (session === undefined || times > 2) process.exit(EXIT.interrupted);
    control.interrupt();
    const isStopping = control.phase === 'stopping';
    for (const view of views) view.notice?.(isStopping ? STOPPING : STOPPING_AT_ONCE);
    // What is lost is trained again after the views are closed.
    if (views.length === 0) terminal.err.line(isStopping ? STOPPING_AFTER_EPOCH : STOPPING_AT_ONCE);
  });
  terminal.onClosed(() => control.stop());
  try {
    session = await openStudy(study, { ...options, queue, ...messagesTo(terminal.err) });
    if (options.time === undefined) liftLimit = limitTime(control, timeOf(session.definition), began);
    const json = options.json === true;
    const plain = options.plain === true;
    const { mirror } = options;
    views.push(...(await openViews(session, control, { terminal, plain, json, mirror })));
    const end = await watched(session, control, views);
    for (const view of views.splice(0)) await view.close();
    terminal.err.line(end.message);
    if (options.bell === true) terminal.bell();
    const { out } = terminal;
    const { stopped, aborted } = control;
    const evaluation = await restoreWinner(session, end, { ...messagesTo(terminal.err), stopped, aborted });
    if (json) out.data(JSON.stringify(resultJson(session, end, evaluation)));
    else
      for (const line of resultLines(session, end, out.style, {
        evaluation,
        seconds: (performance.now() - began) / 1000,
      }))
        out.line(line);
    cli.exitCode = exitCode(session, end);
  } finally {
    for (const view of views.splice(0)) await view.close();
    await session?.close();
    liftLimit();
    stopListening();
  }
}

const STOPPING = 'stopping: running trials pause at their next report; Ctrl-C again stops at once';
const STOPPING_AFTER_EPOCH = 'stopping after this epoch; Ctrl-C again stops at once';
const STOPPING_AT_ONCE = 'stopping at once; everything is kept';

async function watched(session: StudySession, control: StudyControl, views: readonly RunView[]): Promise<StudyEnd> {
  const { study } = session;
  for (const event of session.opened) for (const view of views) view.event?.(event, study.history);
  const unsubscribe = study.subscribe((event, history) => {
    for (const view of views) view.event?.(event, history);
  });
  const onActivity = (activity: Activity): void => {
    for (const view of views) view.activity?.(activity);
  };
  try {
    return await session.run(control, onActivity);
  } finally {
    unsubscribe();
  }
}

function exitCode(session: StudySession, end: StudyEnd): ExitCode {
  if (end.reason === 'interrupted') return EXIT.interrupted;
  return end.reason === 'failing' || session.study.history.best === undefined ? EXIT.failed : EXIT.done;
}

/** Seconds. */
function parseTime(text: string): number {
  const time = parseDuration(text);
  if (time !== undefined) return time;
  throw new HpoError('ERR_USAGE', `expected a duration such as 90s, 20m or 1h30m at --time, got '${text}'`);
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 1024) return workers;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 to 1024 at --workers, got '${text}'`);
}
