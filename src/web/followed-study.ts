// A study that pages are open of: read as it grows while somebody looks, made into versions of a page, forgotten when nobody does.
import { StudyModel } from '../dashboard/model/study-model.js';
import { StudyLink } from '../dashboard/remote/study-link.js';
import type { StudyCommand } from '../dashboard/remote/messages.js';
import { explained } from '../report/explain.js';
import type { ReportInput } from '../report/report-input.js';
import { reportDocument } from '../report/render-report.js';
import { damaged } from '../store/journal-codec.js';
import type { RunLayout } from '../store/run-layout.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { StudyRecord, TrialEvent } from '../study/events.js';
import type { History } from '../study/history.js';
import { FileLock } from '../system/file-lock.js';
import { FollowedJournal } from './followed-journal.js';
import { type LivePage, messagePage, pageOf } from './live-page.js';
import { emptyNow, nowState } from './now-state.js';
import { PageVersions } from './page-versions.js';

/** A study to show, and how to find out what its report needs. */
export interface ShownStudy {
  /** What it is called before its journal says so. */
  readonly label: string;
  /** How to run it, as a person would type it. */
  readonly command: string;
  readonly layout: RunLayout;
  /** What its report is made of. */
  inputOf(state: StudyState): Promise<ReportInput>;
}

export interface StudyState {
  readonly record: StudyRecord;
  readonly history: History;
}

/** Milliseconds between looks at the study, */
const INTERVAL = 500;
/** for as long as somebody asked for the page within so many. */
const INTEREST = 30_000;
/** While the study runs, its page may take one part in so many of the time of a core, and what a fitted model says one in so many. */
const SHARE = 10;
const MODEL_SHARE = 50;
/** A page is not made more often than once in so many milliseconds. */
const LEAST_REST = 1000;

export class FollowedStudy {
  private versions: PageVersions;
  private content: LivePage;
  private model: StudyModel | undefined;
  private record: StudyRecord | undefined;
  private readonly journal: FollowedJournal;
  private readonly link: StudyLink;
  private isGone = false;
  private isLive = false;
  private problem: string | undefined;
  private isStale = false;
  private restUntil = 0;
  private explanation: Pick<ReportInput, 'importance' | 'partialDependence' | 'withoutEffect'> = {};
  private explainAfter = 0;
  private askedAt = -Infinity;
  private turning: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly study: ShownStudy,
    private readonly clock: () => number = Date.now,
  ) {
    this.journal = new FollowedJournal(study.layout.journal);
    this.link = new StudyLink(study.layout.control);
    this.content = messagePage(study.label, 'The journal is being read.');
    this.versions = new PageVersions({ ...this.content, now: emptyNow('reading') });
  }

  /** The page as it is now, and its versions. Asking keeps it up to date for a while. */
  get pages(): PageVersions {
    return this.versions;
  }

  /** Milliseconds since 1970 at which somebody asked last. */
  get lastAsked(): number {
    return this.askedAt;
  }

  /** Somebody looks: resolves when the page is up to date. */
  async look(): Promise<void> {
    const isFollowed = this.timer !== undefined;
    this.askedAt = this.clock();
    if (!isFollowed && !this.isClosed) await this.turn();
  }

  /** @throws HpoError ERR_USAGE where the study cannot be asked, or refuses. */
  async ask(command: StudyCommand): Promise<void> {
    await this.link.ask(command);
    await this.turn();
  }

  /** Forgets everything that was read; the next look reads it again. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.link.close();
    this.versions.retire();
  }

  /** One at a time; those who ask meanwhile wait for the same. */
  private turn(): Promise<void> {
    this.turning ??= this.follow().finally(() => {
      this.turning = undefined;
      this.schedule();
    });
    return this.turning;
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isClosed || this.clock() - this.askedAt > INTEREST) return this.link.close();
    this.timer = setTimeout(() => void this.turn().catch((error: unknown) => this.fail(error)), INTERVAL);
    this.timer.unref();
  }

  private async follow(): Promise<void> {
    await this.link.look();
    try {
      const isLive = FileLock.holder(this.study.layout.lock) !== undefined;
      // Of a study that has ended everything is shown, also what is made seldom while it runs.
      if (this.isLive && !isLive) this.isStale = true;
      this.isLive = isLive;
      await this.read();
    } catch (error) {
      this.fail(error);
    }
    if (this.isClosed) return;
    await this.make();
    this.versions.publish({ ...this.content, now: this.now() });
  }

  private async read(): Promise<void> {
    const look = await this.journal.look();
    if (look.type === 'missing') return this.miss();
    if (look.type === 'unchanged') return;
    this.problem = undefined;
    this.isGone = false;
    if (look.isAnew) this.begin();
    this.apply(look.events);
  }

  private apply(events: readonly TrialEvent[]): void {
    const { model } = this;
    if (model === undefined) return;
    const before = this.journal.lines - events.length;
    for (const [i, event] of events.entries()) {
      try {
        model.apply(event);
      } catch (error) {
        throw damaged(this.journal.path, before + i + 1, messageOf(error), error);
      }
      if (event.type === 'created' || event.type === 'amended') this.record = event.study;
    }
    this.isStale = true;
  }

  /** Another journal than the one before: another page. */
  private begin(): void {
    this.model = new StudyModel();
    this.record = undefined;
    this.explanation = {};
    this.explainAfter = 0;
    this.restUntil = 0;
    this.replace(messagePage(this.study.label, 'The journal is being read.'));
  }

  private replace(content: LivePage): void {
    const before = this.versions;
    this.content = content;
    this.versions = new PageVersions({ ...content, now: this.now() });
    before.retire();
  }

  /** There is no journal: it was taken away, or the study has not begun. */
  private miss(): void {
    if (this.model !== undefined) {
      this.isGone = true;
      return;
    }
    const { label, command } = this.study;
    if (this.problem !== undefined || this.versions.page.now?.situation === 'reading') {
      this.problem = undefined;
      this.replace(messagePage(label, `The study has not begun. Start it with ${command}; this page then shows it.`));
    }
  }

  /** What was read before stays on the page. */
  private fail(error: unknown): void {
    const problem = messageOf(error);
    const isKnown = problem === this.problem;
    this.problem = problem;
    // What is damaged stays so until the file changes; what could not be read may be read at the next look.
    if (error instanceof HpoError && error.code.startsWith('ERR_JOURNAL_')) this.journal.forget();
    else this.journal.startOver();
    if (this.model === undefined && !isKnown) this.replace(messagePage(this.study.label, problem));
  }

  private now(): NonNullable<LivePage['now']> {
    const { model, problem, isLive, isGone } = this;
    if (model === undefined) return emptyNow(problem === undefined ? 'not begun' : 'damaged', problem);
    return nowState({ model, isLive, remote: this.link.status, isGone, problem, now: this.clock() });
  }

  /** The report, if there is something new and it is time for it. */
  private async make(): Promise<void> {
    const { model, record } = this;
    if (model === undefined || record === undefined || !this.isStale) return;
    if (this.isLive && this.clock() < this.restUntil) return;
    this.isStale = false;
    const began = process.cpuUsage();
    try {
      const input = await this.study.inputOf({ record, history: model.history });
      this.content = pageOf(reportDocument({ ...input, ...this.explained(input), isLive: true }));
    } catch (error) {
      this.problem = `the report could not be made: ${messageOf(error)}`;
    }
    this.restUntil = this.clock() + Math.max(LEAST_REST, SHARE * processorTime(began));
  }

  /** What a fitted model says: of a running study seldom, as a fit takes longer than all the rest. */
  private explained(input: ReportInput): typeof this.explanation {
    if (this.isLive && this.clock() < this.explainAfter) return this.explanation;
    const began = process.cpuUsage();
    const { importance, partialDependence, withoutEffect } = explained(input);
    this.explanation = {
      ...(importance === undefined ? {} : { importance }),
      ...(partialDependence === undefined ? {} : { partialDependence }),
      ...(withoutEffect === undefined ? {} : { withoutEffect }),
    };
    this.explainAfter = this.clock() + MODEL_SHARE * processorTime(began);
    return this.explanation;
  }
}

/** Milliseconds of the processor since then, which other programs do not lengthen. */
function processorTime(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
