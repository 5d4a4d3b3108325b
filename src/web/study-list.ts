// The studies that a server shows: found anew from time to time, each followed while a page of it is open.
import { createHash } from 'node:crypto';
import { table, escape } from '../report/page/html.js';
import { counted } from '../system/format.js';
import { messageOf } from '../study/errors.js';
import { FollowedStudy, type ShownStudy } from './followed-study.js';
import { type LivePage, messagePage } from './live-page.js';
import { PageVersions } from './page-versions.js';

/** A study in the list of several. */
export interface ListedStudy extends ShownStudy {
  /** What the list says of it; never rejects. */
  summary(): Promise<StudySummary>;
}

export interface StudySummary {
  readonly name: string;
  /** In words. */
  readonly state: string;
  /** '12 of 40'; '' where it is not known. */
  readonly trials: string;
  /** 'macroF1 0.9123'; '' where there is none. */
  readonly best: string;
}

/** Milliseconds between two looks at all studies, while somebody sees the list. */
const INTERVAL = 2000;
/** The looks may take one part in so many of the time. */
const SHARE = 10;
/** After so many milliseconds that nobody looked at a study, what was read of it is forgotten. */
const PATIENCE = 10 * 60_000;

export class StudyList {
  private readonly versions = new PageVersions(messagePage('Studies', 'The studies are being read.'));
  private readonly followed = new Map<string, FollowedStudy>();
  private known = new Map<string, ListedStudy>();
  private restUntil = -Infinity;
  private searchAgain = -Infinity;
  private refreshing: Promise<void> | undefined;
  private readonly sweeper: NodeJS.Timeout;

  /** @param find the studies that there are now. */
  constructor(
    private readonly find: () => Promise<readonly ListedStudy[]>,
    private readonly clock: () => number = Date.now,
  ) {
    this.sweeper = setInterval(() => this.sweep(), PATIENCE / 10);
    this.sweeper.unref();
  }

  /** The page of the list. */
  get pages(): PageVersions {
    return this.versions;
  }

  /** The key of the only study; undefined where there are several, or none. */
  async only(): Promise<string | undefined> {
    if (this.clock() >= this.searchAgain) await this.search();
    const [first, ...others] = this.known.keys();
    return others.length === 0 ? first : undefined;
  }

  /** Somebody looks at the list: resolves when it is up to date. */
  look(): Promise<void> {
    if (this.refreshing === undefined && this.clock() >= this.restUntil) {
      this.refreshing = this.refresh().finally(() => (this.refreshing = undefined));
    }
    // What is there is shown while it is read again.
    return this.restUntil === -Infinity ? (this.refreshing ?? Promise.resolve()) : Promise.resolve();
  }

  /** The study of a key; undefined where there is none. */
  async study(key: string): Promise<FollowedStudy | undefined> {
    const open = this.followed.get(key);
    if (open !== undefined) return open;
    if (!this.known.has(key)) await this.search();
    const study = this.known.get(key);
    if (study === undefined) return undefined;
    const followed = this.followed.get(key) ?? new FollowedStudy(study, this.clock);
    this.followed.set(key, followed);
    return followed;
  }

  close(): void {
    clearInterval(this.sweeper);
    for (const study of this.followed.values()) study.close();
    this.versions.retire();
  }

  /** Forgets studies that nobody looks at. */
  sweep(): void {
    for (const [key, study] of this.followed) {
      if (this.clock() - study.lastAsked < PATIENCE) continue;
      study.close();
      this.followed.delete(key);
    }
  }

  private async search(): Promise<void> {
    const studies = await this.find();
    this.searchAgain = this.clock() + INTERVAL;
    // One that is gone stays in the list: its page says so.
    for (const study of studies)
      this.known.set(keyOf(study.layout.root), this.known.get(keyOf(study.layout.root)) ?? study);
  }

  private async refresh(): Promise<void> {
    const began = performance.now();
    try {
      await this.search();
      const rows: string[][] = [];
      for (const [key, study] of this.known) {
        const { name, state, trials, best } = await study.summary();
        rows.push([`<a href="${key}/">${escape(name)}</a>`, ...[state, trials, best, study.label].map(escape)]);
      }
      this.versions.publish(listPage(rows));
    } catch (error) {
      this.versions.publish(messagePage('Studies', messageOf(error)));
    }
    this.restUntil = this.clock() + Math.max(INTERVAL, SHARE * (performance.now() - began));
  }
}

/** What a study is called in addresses: the same whenever the list is made. */
function keyOf(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 12);
}

function listPage(rows: readonly string[][]): LivePage {
  const studies =
    rows.length === 0
      ? '<p class="lead">There is no study here yet.</p>'
      : table('Studies', ['study', 'state', 'trials', 'best', 'place'], rows, 'studies');
  return {
    ...{ title: 'Studies', subtitle: escape(counted(rows.length, 'study', 'studies')), contents: [], plots: {} },
    order: ['studies'],
    sections: { studies: `<section id="studies">${studies}</section>` },
  };
}
