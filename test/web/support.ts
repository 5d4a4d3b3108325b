// A study on disk that a test writes event by event, and what serves it.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEvent } from '../../src/store/journal-codec.js';
import { type RunLayout, layoutAt } from '../../src/store/run-layout.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { ShownStudy } from '../../src/web/followed-study.js';

export interface WrittenStudy {
  /** Of everything. */
  readonly folder: string;
  readonly layout: RunLayout;
  /** Adds events to the journal. */
  write(events: readonly TrialEvent[]): void;
  /** The next event is the first of a journal. */
  restart(): void;
  remove(): void;
}

/** @param name of the run's folder, such as 'study.run'. */
export function writtenStudy(name = 'study.run', folder = mkdtempSync(join(tmpdir(), 'hpo-web-'))): WrittenStudy {
  const layout = layoutAt(join(folder, name));
  let lines = 0;
  return {
    folder,
    layout,
    write(events) {
      mkdirSync(layout.root, { recursive: true });
      appendFileSync(layout.journal, Buffer.concat(events.map((event) => encodeEvent(event, ++lines))));
    },
    restart: () => void (lines = 0),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a report needs and nothing of the run's files. */
export function shown(layout: RunLayout, label = 'study.json'): ShownStudy {
  return {
    label,
    command: `hpo run ${label}`,
    layout,
    inputOf: async ({ record, history }) => {
      const { images } = record;
      return {
        ...{ name: record.name, definition: record.definition, history, madeAt: 0 },
        ...(images === undefined ? {} : { images }),
      };
    },
  };
}
