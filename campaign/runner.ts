// The child process that runs cases, so that one that hangs, crashes or takes all memory is noticed from outside.
import { must } from '../src/system/must.js';
import { RandomStream } from '../src/math/random.js';
import { CHECKS } from './checks.js';
import { type CaseResult, Finding } from './check.js';

export interface CaseJob {
  readonly check: string;
  readonly seed: string;
  readonly number: number;
  readonly folder: string;
  readonly shared: string;
  readonly small: boolean;
}

export type RunnerMessage =
  | { readonly type: 'step'; readonly what: string }
  | { readonly type: 'passed'; readonly result: CaseResult }
  | { readonly type: 'found'; readonly message: string };

function say(message: RunnerMessage): void {
  process.send?.(message);
}

async function perform({ check: name, seed, number, ...place }: CaseJob): Promise<void> {
  const check = must(
    CHECKS.find((each) => each.name === name),
    `a check named ${name}`,
  );
  const step = (what: string): void => say({ type: 'step', what });
  try {
    const random = RandomStream.of('campaign', seed, name, number);
    say({ type: 'passed', result: await check.run({ ...place, random, step }) });
  } catch (error) {
    const isOwnFault = error instanceof Error && !(error instanceof Finding);
    say({ type: 'found', message: isOwnFault ? (error.stack ?? error.message) : String(error) });
  }
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    say({ type: 'found', message: `${event}: ${error instanceof Error ? (error.stack ?? '') : String(error)}` });
    process.disconnect();
  });
}
process.on('message', (job: CaseJob) => void perform(job));
process.on('disconnect', () => process.exit());
