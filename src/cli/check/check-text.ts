// A checked run as lines for a person: what is whole, what is not, and what to do about it.
import { counted } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import type { Style } from '../style.js';
import type { CheckedFile, RunCheck } from '../../app/check-run.js';

/** More lines of problems than a person reads. */
const MAX_PROBLEMS = 20;

const STATES: Readonly<Record<Exclude<CheckedFile['state'], 'damaged'>, string>> = {
  whole: 'whole',
  unneeded: 'damaged, but not needed: its trial is over',
  unchecked: 'has no checksum',
};

/** @param study as it was typed, for the commands that are named. */
export function checkLines(check: RunCheck, study: string, style: Style): string[] {
  const { journal, files } = check;
  const bad = (text: string): string => style.red(text);
  const lines = [`journal  ${journalText(check)}`];
  for (const { line, problem } of journal.problems.slice(0, MAX_PROBLEMS))
    lines.push(bad(`  line ${line}: ${problem}`));
  if (journal.problems.length > MAX_PROBLEMS) lines.push(`  and ${journal.problems.length - MAX_PROBLEMS} more lines`);
  if (check.replay !== undefined) lines.push(bad(`  ${check.replay}`));
  if (check.lost !== undefined) lines.push(bad(`  the last lines are missing: ${check.lost}`));
  if (journal.torn > 0) lines.push(`  a last line was cut off after ${journal.torn} bytes; the next run removes it`);
  const width = Math.max(0, ...files.map(({ file }) => file.length));
  for (const { file, state, problem } of files) {
    lines.push(`${file.padEnd(width)}  ${state === 'damaged' ? bad(`damaged: ${problem}`) : STATES[state]}`);
  }
  return [...lines, ...adviceLines(check, study)];
}

function journalText({ journal, isRunning }: RunCheck): string {
  const { lines, sealed, problems } = journal;
  const whole = lines - problems.length;
  const without = whole - sealed > 0 ? `, ${whole - sealed} of them without a checksum` : '';
  const running = isRunning ? ' (the study is running)' : '';
  return `${whole === lines ? '' : `${whole} of `}${counted(lines, 'line')} whole${without}${running}`;
}

function adviceLines({ journal, replay, lost, files, isWhole }: RunCheck, study: string): string[] {
  if (isWhole) {
    const hasUnneeded = files.some(({ state }) => state === 'unneeded');
    return [hasUnneeded ? 'everything that is needed is whole' : 'everything is whole'];
  }
  const damaged = (name: string): boolean => files.some((file) => isDamaged(file, name));
  const run = `hpo run ${shortPath(study)}`;
  const advice: string[] = [];
  if (journal.problems.length > 0 || replay !== undefined) {
    advice.push(
      'Restore journal.jsonl from a copy. Without one, keep a copy of it, cut it off before its first damaged line,',
      `and ${run} computes the rest again; the numbers are the same.`,
    );
  }
  if (lost !== undefined) advice.push(`${run} computes again what is missing.`);
  if (damaged('checkpoint.safetensors'))
    advice.push(`A trial without its checkpoint starts over when ${run} continues it.`);
  if (damaged('best.safetensors') || damaged('best.json')) {
    advice.push(`${run} makes the files of the best trial again; others are not needed.`);
  }
  return ['', ...advice];
}

function isDamaged({ file, state }: CheckedFile, name: string): boolean {
  return state === 'damaged' && file.endsWith(`/${name}`);
}
