// What a run recorded, without what may differ between two runs of one study, and how it compares with an undisturbed run.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJournal } from '../../src/store/journal-reader.js';
import { type RunLayout, layoutOf } from '../../src/store/run-layout.js';
import type { TrialEvent } from '../../src/study/events.js';
import { type CaseContext, Finding } from '../check.js';
import { expectEnd, spawnHpo } from './hpo.js';
import { type Variant, writeStudy } from './studies.js';

export interface Reference {
  /** A folder with study.json and its finished run. */
  readonly folder: string;
  readonly layout: RunLayout;
  /** Events as JSON. */
  readonly events: readonly string[];
  readonly journalBytes: number;
}

/** An undisturbed run of the study, made once in a campaign. */
export async function referenceOf(variant: Variant, { shared, step }: CaseContext): Promise<Reference> {
  const folder = join(shared, 'references', variant.name);
  if (!existsSync(folder)) {
    const making = `${folder}.making`;
    rmSync(making, { recursive: true, force: true });
    const file = writeStudy(making, variant.study);
    step(`the undisturbed run of ${variant.name}`);
    const end = await spawnHpo(['run', file, '--plain']).finished;
    expectEnd(end, [0], `the undisturbed run of ${variant.name}`);
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(making, folder);
  }
  const layout = layoutOf(join(folder, 'study.json'));
  return { folder, layout, events: await eventsOf(layout), journalBytes: readFileSync(layout.journal).length };
}

/** Without times, and without what was found in the cache instead of being computed. */
export async function eventsOf({ journal }: RunLayout): Promise<string[]> {
  return (await readJournal(journal)).map((event) => JSON.stringify(plain(event)));
}

function plain({ at: _, ...event }: TrialEvent): unknown {
  if (event.type === 'started') {
    const { slot: __, ...rest } = event;
    return rest;
  }
  if (event.type !== 'reported') return event;
  const { seconds: __, work: ___, ...report } = event.report;
  return { ...event, report };
}

/** @throws Finding that shows the first difference. */
export function expectSame(found: readonly string[], expected: readonly string[], what: string): void {
  const length = Math.max(found.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (found[i] === expected[i]) continue;
    throw new Finding(
      `${what} differs at event ${i + 1} of ${expected.length}\n expected ${expected[i]}\n got      ${found[i]}`,
    );
  }
}

/** The events by trial, for studies whose trials run side by side: only the order between trials may differ. */
export function byTrial(events: readonly string[]): string[] {
  const number = (event: string): number => Number(/"trial":(\d+)/.exec(event)?.[1] ?? -1);
  return events.toSorted((a, b) => number(a) - number(b));
}

/** Copies of files for a person to look at. */
export function keepText(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}
