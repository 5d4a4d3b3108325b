// A study that is disturbed, and what must hold of it: while a time limit has stopped it, and when it has ended.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { leaderOf } from '../../src/controller/confirmation.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import { type RunLayout, layoutOf } from '../../src/store/run-layout.js';
import { type CaseContext, Finding } from '../check.js';
import { expectEnd, hpoHere } from './hpo.js';
import { type Reference, byTrial, eventsOf, expectSame } from './record.js';
import { expectSound } from './soundness.js';
import { type Variant, withTime, writeStudy } from './studies.js';

/**
 * How the study compares with an undisturbed run of it. `same`: the events are equal. `byTrial`: those of each trial are. `sound`: what it
 * records depends on who ends first, so it is looked at trial by trial, by itself.
 */
export type Comparison = 'same' | 'byTrial' | 'sound';

/** A limit that is not reached. */
export const NO_LIMIT = ['--time', '1h'];

export class Victim {
  readonly file: string;
  readonly layout: RunLayout;

  /** @param time the study's own limit to a run; its last run needs another one. */
  constructor(
    readonly variant: Variant,
    private readonly reference: Reference,
    private readonly comparison: Comparison,
    folder: string,
    time?: string,
  ) {
    const { study } = variant;
    this.file = writeStudy(folder, time === undefined ? study : withTime(study, time));
    this.layout = layoutOf(this.file);
  }

  get name(): string {
    return this.variant.name;
  }

  /** Of the journal. */
  get bytes(): number {
    return existsSync(this.layout.journal) ? statSync(this.layout.journal).size : 0;
  }

  /** About as many as it comes to. */
  get wholeBytes(): number {
    return this.reference.journalBytes;
  }

  /** What is there when the time is up is the beginning of the undisturbed run, and can be looked at. */
  async expectStopped(what: string, { step }: CaseContext): Promise<void> {
    if (!existsSync(this.layout.journal)) return;
    const found = await eventsOf(this.layout);
    if (this.comparison === 'same') expectSame(found, this.reference.events.slice(0, found.length), what);
    step(`hpo best of ${what}`);
    expectEnd(await hpoHere('best', this.file), [0, 1], `hpo best of ${what}`);
  }

  async expectEnded(what: string, { step }: CaseContext): Promise<void> {
    const { layout, reference, comparison } = this;
    if (existsSync(layout.lock)) throw new Finding(`the lock was left behind: ${what}`);
    if (comparison !== 'same') await expectSound(layout, this.variant, what);
    if (comparison !== 'sound') {
      const order = comparison === 'byTrial' ? byTrial : asTheyCame;
      expectSame(order(await eventsOf(layout)), order(reference.events), what);
      const [left, expected] = [layout, reference.layout].map(({ trials }) => list(trials));
      if (left !== expected) throw new Finding(`expected the folders ${expected} of trials, got ${left}: ${what}`);
      await expectSameModel(layout, reference, what);
    }
    step(`hpo check of ${what}`);
    expectEnd(await hpoHere('check', this.file), [0], `hpo check of ${what}`);
  }
}

/** The model of the best trial. Those of others are kept until the end, and are not made again. */
export async function expectSameModel(found: RunLayout, { layout, objective }: Reference, what: string): Promise<void> {
  const leader = leaderOf(replay(await readJournal(layout.journal), objective));
  if (leader === undefined) return;
  const weights = join(String(leader.trial.number), 'best.safetensors');
  if (!existsSync(join(layout.trials, weights))) return;
  const place = join(found.trials, weights);
  if (!existsSync(place)) throw new Finding(`no weights of the best trial after the run: ${what}`);
  if (readFileSync(place).equals(readFileSync(join(layout.trials, weights)))) return;
  throw new Finding(`other weights of the best trial than those of an undisturbed run: ${what}`);
}

function asTheyCame(events: readonly string[]): readonly string[] {
  return events;
}

function list(folder: string): string {
  return existsSync(folder) ? readdirSync(folder).join(' ') : '';
}
