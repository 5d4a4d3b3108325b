// Lets other processes of the same user see what runs where, and pause, prune and finish: `hpo watch --web` is one.
import { SlotBoard } from '../../dashboard/slot-board.js';
import { offerControl } from '../../dashboard/remote/offer-control.js';
import type { StudyCommand } from '../../dashboard/remote/messages.js';
import type { StudyControl } from '../../controller/study-control.js';
import { messageOf } from '../../study/errors.js';
import type { StudySession } from '../../app/open-study.js';
import type { RunView } from './run-view.js';

/**
 * Undefined where the system has no way for it, as on a full disk: the study goes on.
 * @param notice told that, and what somebody asked for.
 */
export async function remoteView(
  { study, slots, engine, layout }: StudySession,
  controls: StudyControl,
  notice: (text: string) => void,
): Promise<RunView | undefined> {
  const board = new SlotBoard(slots.map(({ device }) => device));
  const startedAt = Date.now();
  try {
    const offer = await offerControl({
      folder: layout.control,
      controls,
      status: () => ({ ...(engine === undefined ? {} : { engine }), startedAt, slots: board.list() }),
      isRunning: (trial) => study.history.trials[trial]?.state === 'running',
      onCommand: (command) => notice(`from another process: ${describe(command)}`),
    });
    return { activity: (activity) => board.note(activity), close: () => offer.close() };
  } catch (error) {
    notice(`other processes cannot pause, prune or finish this study: ${messageOf(error)}`);
    return undefined;
  }
}

function describe(command: StudyCommand): string {
  switch (command.do) {
    case 'pause':
      return 'the study is paused; nothing starts, and running trials wait at their next report';
    case 'resume':
      return 'the study is resumed';
    case 'finish':
      return 'the study is finishing; nothing new starts';
    case 'prune':
      return `trial ${command.trial} is pruned at its next report`;
  }
}
