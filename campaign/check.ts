// The contract of a check of the campaign: it breaks something at random and looks whether hpo keeps its promises.
import type { RandomStream } from '../src/math/random.js';

export interface CaseContext {
  /** Everything random of the case; the same seed and number give the same case. */
  readonly random: RandomStream;
  /** The case's own, empty. It is kept where something was found. */
  readonly folder: string;
  /** For what the cases of one campaign share, such as undisturbed runs to compare with. */
  readonly shared: string;
  /** Whether the case is to end in seconds: a short campaign gives each check little time. */
  readonly small: boolean;
  /** Says what comes next; called before every command. The time limit counts from here. */
  step(what: string): void;
}

export interface CaseResult {
  /** What was done, counted: `{ kills: 3 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The case in a few words. */
  readonly note: string;
}

export interface Check {
  readonly name: string;
  readonly description: string;
  /** Bytes that the process of a case may take. Default: 1 GiB, which is what hpo may take for malformed input. */
  readonly memory?: number;
  /** Why it cannot run here, if it cannot. */
  skip?(): string | undefined;
  /** What it leaves out here, if anything. */
  limits?(): string | undefined;
  /** @throws Finding where a promise was broken. Whatever else is thrown counts as a finding too. */
  run(context: CaseContext): Promise<CaseResult>;
}

/** A broken promise. */
export class Finding extends Error {
  override readonly name = 'Finding';
}
