// Progress of `hpo run` as lines of text: what runs, then the lines that `hpo watch` writes too.
import type { StudySession } from '../../app/open-study.js';
import { finishedTrials } from '../../app/files/read-study.js';
import { startPlain } from '../../dashboard/plain.js';
import { classesText, imagesIn } from '../../study/events.js';
import { counted } from '../../system/format.js';
import type { Outlet } from '../terminal.js';
import { sourceOf } from './dashboard-view.js';
import type { RunView } from './run-view.js';

export function plainProgress(session: StudySession, err: Outlet): RunView {
  const { style } = err;
  const { source, board } = sourceOf(session);
  for (const line of introduction(session, finishedTrials(session.study.history))) err.line(line);
  // Opening the study recorded them, before anybody listened.
  for (const event of session.opened) {
    if (event.type === 'warned') err.line(`${style.yellow('warning:')} ${event.message}`);
  }
  const lines = startPlain({ source, style, line: (text) => err.line(text) });
  return {
    activity(activity) {
      board.note(activity);
      if (activity.type === 'problem') lines.say(style.yellow(activity.message));
      else if (activity.type === 'occupied' && activity.resumed) lines.resumed(activity.trial);
    },
    notice: (text) => lines.say(style.yellow(text)),
    close: () => lines.stop(),
  };
}

/** "2 workers", or "4 workers on GPU 0, GPU 1". */
function describeSlots(slots: StudySession['slots']): string {
  const gpus = [...new Set(slots.flatMap(({ gpu }) => gpu?.label ?? []))];
  return `${counted(slots.length, 'worker')}${gpus.length === 0 ? '' : ` on ${gpus.join(', ')}`}`;
}

function introduction(session: StudySession, done: number): string[] {
  const { definition, slots, engine, total, record, notices, isFinished } = session;
  const { images } = record;
  const parts = [
    counted(total, 'trial'),
    definition.search.strategy,
    definition.pruner.type === 'none' ? 'no pruning' : `${definition.pruner.type} pruner`,
    ...(isFinished ? [] : [describeSlots(slots)]),
    ...(engine === undefined ? [] : [`engine ${engine}`]),
  ];
  return [
    `${definition.name}: ${parts.join(', ')}`,
    ...(images === undefined
      ? []
      : [
          `images: ${imagesIn(images, 'train')} training, ${imagesIn(images, 'validation')} validation, ${classesText(images)}`,
        ]),
    ...notices,
    ...(isFinished ? ['it was finished before: nothing is trained, and no worker starts'] : continuation(done, total)),
  ];
}

function continuation(done: number, total: number): string[] {
  return done > 0 ? [`continuing: ${done} of ${counted(total, 'trial')} done`] : [];
}
