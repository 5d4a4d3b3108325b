// A session of a study from its file to its result.
import type { Activity } from '../../controller/run-study.js';
import { StudyControl } from '../../controller/study-control.js';
import type { StudyEnd } from '../../controller/study-end.js';
import type { Cli } from '../cli.js';
import { type StudySession, openStudy } from '../../app/open-study.js';
import { restoreWinner } from '../../app/model/restore-winner.js';
import { messagesTo } from '../messages.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { onInterrupt } from './interrupts.js';
import { resultLines, resultJson } from './result.js';
import type { RunView } from './run-view.js';
import { openViews } from './view.js';

export interface RunOptions {
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly workers?: number;
  readonly engine?: ResourcesConfiguration['engine'];
  readonly mirror?: string;
  readonly fresh?: boolean;
  readonly featureReuse: boolean;
}

/** @returns the exit code; throws what kept it from running. */
export async function executeRun({ terminal }: Cli, study: string, options: RunOptions): Promise<ExitCode> {
  const control = new StudyControl();
  const views: RunView[] = [];
  let session: StudySession | undefined;
  const stopListening = onInterrupt((times) => {
    // Before the study is open there is nothing to put aside; a third time nothing is waited for.
    if (session === undefined) terminal.err.line('interrupted before the study was opened; nothing was changed');
    if (session === undefined || times > 2) process.exit(EXIT.interrupted);
    control.interrupt();
    for (const view of views) view.notice?.(times === 1 ? STOPPING : 'stopping at once; everything is kept');
  });
  terminal.onClosed(() => control.stop());
  try {
    session = await openStudy(study, { ...options, ...messagesTo(terminal.err) });
    const json = options.json === true;
    const plain = options.plain === true;
    const { mirror } = options;
    views.push(...(await openViews(session, control, { terminal, plain, json, mirror })));
    const end = await watched(session, control, views);
    for (const view of views.splice(0)) await view.close();
    terminal.err.line(end.message);
    const { out } = terminal;
    const judgement = await restoreWinner(session, end, messagesTo(terminal.err));
    if (json) out.line(JSON.stringify(resultJson(session, end, judgement)));
    else for (const line of resultLines(session, end, out.style, judgement)) out.line(line);
    return exitCode(session, end);
  } finally {
    for (const view of views.splice(0)) await view.close();
    await session?.close();
    stopListening();
  }
}

const STOPPING = 'stopping: running trials pause at their next report; Ctrl-C again stops at once';

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
