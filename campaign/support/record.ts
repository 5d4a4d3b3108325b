// What a run recorded, without what may differ between two runs of one study, and how it compares with an undisturbed run.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJournal } from '../../src/store/journal-reader.js';
import { type RunLayout, layoutOf } from '../../src/store/run-layout.js';
import type { Objective } from '../../src/study/objective.js';
import type { TrialEvent } from '../../src/study/events.js';
import { type CaseContext, Finding } from '../check.js';
import { expectEnd, spawnHpo, spawnRuns } from './hpo.js';
import { type Variant, writeStudy } from './studies.js';

export interface Reference {
  /** A folder with study.json and its finished run. */
  readonly folder: string;
  readonly layout: RunLayout;
  /** Events as JSON. */
  readonly events: readonly string[];
  readonly journalBytes: number;
  readonly objective: Objective;
}

/** Undisturbed runs of studies, made once in a campaign, those that are missing in one process. */
export async function referencesOf(variants: readonly Variant[], context: CaseContext): Promise<Reference[]> {
  const missing = new Map(variants.map((variant) => [variant.name, variant]));
  for (const name of missing.keys()) if (existsSync(referenceFolder(name, context))) missing.delete(name);
  const made = [...missing.values()].map(({ name, study }) => {
    const folder = referenceFolder(name, context);
    rmSync(`${folder}.making`, { recursive: true, force: true });
    return { name, folder, file: writeStudy(`${folder}.making`, study) };
  });
  if (made.length > 0) {
    const names = made.map(({ name }) => name).join(', ');
    context.step(`the undisturbed runs of ${names}`);
    const { ended, finished } = spawnRuns(made.map(({ file }) => file));
    expectEnd(await finished, [0], `the undisturbed runs of ${names}`);
    for (const end of ended) {
      expectEnd({ ...end, signal: null, err: '' }, [0], `the undisturbed run of ${made[end.number]?.name}`);
    }
    for (const { folder } of made) renameSync(`${folder}.making`, folder);
  }
  const references: Reference[] = [];
  for (const variant of variants) references.push(await referenceOf(variant, context));
  return references;
}

function referenceFolder(name: string, { shared }: CaseContext): string {
  return join(shared, 'references', name);
}

/** An undisturbed run of the study, made once in a campaign. */
export async function referenceOf(variant: Variant, context: CaseContext): Promise<Reference> {
  const { step } = context;
  const folder = referenceFolder(variant.name, context);
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
  // All metrics of these studies are better where they are higher.
  const metric = 'trainer' in variant.study ? 'score' : 'macroF1';
  return {
    ...{ folder, layout, objective: { metric, direction: 'maximize' } },
    ...{ events: await eventsOf(layout), journalBytes: readFileSync(layout.journal).length },
  };
}

/** Without times, measured rates and the time limit, and without what was found in the cache instead of being computed. */
export async function eventsOf({ journal }: RunLayout): Promise<string[]> {
  return (await readJournal(journal)).map((event) => JSON.stringify(plain(event)));
}

function plain({ at: _, ...event }: TrialEvent): unknown {
  if (event.type === 'created') {
    const { seconds: ___, ...study } = event.study;
    const { time: __, ...search } = study.definition.search;
    return { ...event, study: { ...study, definition: { ...study.definition, search } } };
  }
  if (event.type === 'started') {
    const { slot: __, ...rest } = event;
    return rest;
  }
  if (event.type !== 'reported') return event;
  const { seconds: __, work: ___, ...report } = event.report;
  return { ...event, report };
}

/** What is damaged, and files that lie elsewhere, are warned of otherwise. */
export function withoutWarnings(events: readonly string[]): string[] {
  return events.filter((event) => !event.startsWith('{"type":"warned"'));
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
