// Who is there to train: the workers of a study as its controller knows them, what each is to be told, and which are set aside.
import type { Failure, Outcome } from '../study/trial.js';
import { counted, formatDuration } from '../system/format.js';
import type { MachineFacts, News } from './messages.js';
import type { Pace } from './pace.js';

/** A worker process on some machine. */
export interface Machine {
  readonly worker: string;
  readonly facts: MachineFacts;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Trials that have ended there. */
  readonly ended: number;
}

interface Member extends Machine {
  ended: number;
  /** Seconds of training. */
  seconds: number;
  heardAt: number;
  /** Looks at it since then. */
  looks: number;
  turn: number;
  /** Jobs that it had when it asked last; undefined where it has not yet. */
  held: readonly string[] | undefined;
  /** What it has not confirmed yet. */
  news: { readonly turn: number; readonly item: News }[];
  /** Answers its open question. */
  wake: () => void;
  failuresInARow: number;
  setAside: string | undefined;
  isLeaving: boolean;
}

export interface MachinesOptions {
  readonly pace: Pace;
  /** Told whenever somebody comes or goes. */
  readonly onChange: () => void;
  /** A line for people. */
  readonly onNotice: (line: string) => void;
  /** Failed trials in a row after which another machine tries what failed. */
  readonly maxFailuresInARow: number;
}

/** After how many looks a worker counts as silent. */
const LOOKS = 6;

export class Machines {
  private readonly members = new Map<string, Member>();
  /** Why no worker is wanted from a host, where something is wrong that all its processes share. */
  private readonly badHosts = new Map<string, string>();
  /** Why no worker is wanted with these devices of a host: a process there failed, and another one may have other devices. */
  private readonly badPlaces = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;
  /** The study is over: whoever is there, or comes, is to leave. */
  private isOver = false;

  constructor(private readonly options: MachinesOptions) {
    this.timer = setInterval(() => this.dropSilent(), options.pace.silence / LOOKS);
    this.timer.unref();
  }

  /** Of all that are there. */
  get slots(): number {
    return this.present().reduce((sum, { facts }) => sum + facts.slots, 0);
  }

  present(): readonly Machine[] {
    return [...this.members.values()].filter(({ setAside, isLeaving }) => setAside === undefined && !isLeaving);
  }

  get(worker: string): Machine | undefined {
    return this.members.get(worker);
  }

  /** Why no worker of this host is wanted, if so. */
  refusalOfHost(host: string): string | undefined {
    return this.badHosts.get(host);
  }

  /** Why no worker with these devices of this host is wanted, if so. */
  refusal(facts: MachineFacts): string | undefined {
    return this.badHosts.get(facts.host) ?? this.badPlaces.get(placeOf(facts));
  }

  join(worker: string, facts: MachineFacts): void {
    const known = this.members.get(worker);
    if (known !== undefined) return hear(known);
    this.members.set(worker, {
      ...{ worker, facts, since: Date.now(), heardAt: performance.now(), looks: 0 },
      ...{
        ended: 0,
        seconds: 0,
        turn: 0,
        held: undefined,
        news: [],
        wake: () => {},
        failuresInARow: 0,
        setAside: undefined,
        isLeaving: false,
      },
    });
    const { host, pid, slots, kind } = facts;
    const what = [kind.processor, ...(kind.engine === undefined ? [] : [`engine ${kind.engine}`])].join(', ');
    this.options.onNotice(`${host} (process ${pid}) joins with ${slots} ${slots === 1 ? 'slot' : 'slots'}: ${what}`);
    this.options.onChange();
    if (this.isOver) this.tell(worker, { type: 'leave' });
  }

  leave(worker: string): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    this.members.delete(worker);
    member.wake();
    this.options.onNotice(`${member.facts.host} (process ${member.facts.pid}) leaves after ${workOf(member)}`);
    this.options.onChange();
  }

  /** Whether the worker is there and has the job, unless it has said otherwise. */
  isAt(worker: string | undefined, job: string): boolean {
    const member = worker === undefined ? undefined : this.members.get(worker);
    return member !== undefined && member.held?.includes(job) !== false;
  }

  /** The worker has taken the job, which it says itself only when it asks for news again. */
  hold(worker: string, job: string): void {
    const member = this.members.get(worker);
    if (member?.held !== undefined) member.held = [...member.held, job];
  }

  /** Any sign of life. */
  hear(worker: string): void {
    const member = this.members.get(worker);
    if (member !== undefined) hear(member);
  }

  /** Whether it gave a sign of life within so many milliseconds. */
  isHeard(worker: string | undefined, milliseconds: number): boolean {
    const member = worker === undefined ? undefined : this.members.get(worker);
    return member !== undefined && performance.now() - member.heardAt < milliseconds;
  }

  /** Tells everybody that the study is over, also those that come back only now. */
  dismiss(): void {
    this.isOver = true;
    for (const { worker } of this.present()) this.tell(worker, { type: 'leave' });
  }

  async untilAllHaveLeft(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (this.members.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  tell(worker: string, item: News): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    member.news.push({ turn: ++member.turn, item });
    if (item.type === 'leave') member.isLeaving = true;
    member.wake();
  }

  /** @returns what the worker has not seen, at once or as soon as there is something; undefined where it is not known. @param held jobs that it has. */
  async attend(
    worker: string,
    seen: number,
    held: readonly string[] = [],
  ): Promise<{ turn: number; items: News[] } | undefined> {
    const member = this.members.get(worker);
    if (member === undefined) return undefined;
    hear(member);
    member.held = held;
    member.news = member.news.filter(({ turn }) => turn > seen);
    if (member.news.length === 0) {
      await new Promise<void>((resolve) => {
        member.wake();
        const timer = setTimeout(resolve, this.options.pace.hold);
        member.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    hear(member);
    return { turn: Math.max(seen, member.turn), items: member.news.map(({ item }) => item) };
  }

  /** An epoch took so many seconds there. */
  trained(worker: string, seconds: number): void {
    const member = this.members.get(worker);
    if (member !== undefined) member.seconds += seconds;
  }

  /** A trial has ended there. One that the study has ended went well until then. */
  ended(worker: string, outcome: Outcome | undefined): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    member.ended++;
    if (outcome?.status !== 'failed') member.failuresInARow = 0;
  }

  /**
   * A trial failed there.
   * @returns whether another machine is to try it, since this one may be at fault. Never where there is no other. Something outside of the
   * trial, such as a full disk, is the machine's fault at once.
   * @param isSecond whether the trial has failed on another machine before: then only such a fault is the machine's.
   */
  failed(worker: string, failure: Failure, isSecond = false): boolean {
    if (isSecond && typeof failure.fault !== 'object') return false;
    const member = this.members.get(worker);
    if (member === undefined || failure.kind === 'diverged' || !this.hasOthers(worker)) return false;
    const [first = ''] = failure.message.split('\n');
    member.failuresInARow++;
    if (typeof failure.fault === 'object') {
      // A full disk is every process's.
      if (failure.fault.code === 'ERR_STORE') this.badHosts.set(member.facts.host, first);
      this.setAside(member, first);
    }
    return member.setAside !== undefined || member.failuresInARow >= this.options.maxFailuresInARow;
  }

  /** Another machine has tried what failed there. @param failed whether it failed again, so that the machine is not to blame. */
  tried(worker: string, failed: boolean): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    if (failed) member.failuresInARow = 0;
    else {
      const { failuresInARow: count } = member;
      this.setAside(
        member,
        `${count} trials in a row failed there, and the last of them did not fail on another machine`,
      );
    }
  }

  /** Whether another machine could try a trial. */
  hasOthers(worker: string): boolean {
    return this.othersThan(worker).length > 0;
  }

  /** Whether a worker is to try what failed with another one, which may be to blame: none is that has the same devices, or the same host if there are others. */
  mayTry(worker: string, doubted: string): boolean {
    const others = this.othersThan(doubted);
    return others.length === 0 || others.some((other) => other.worker === worker);
  }

  /** Whether what one of them does says something about the other one's machine. */
  areApart(worker: string, other: string): boolean {
    const [a, b] = [this.members.get(worker), this.members.get(other)];
    return a === undefined || b === undefined || placeOf(a.facts) !== placeOf(b.facts);
  }

  /** Those on other hosts; where there are none, those with other devices of the same host. */
  private othersThan(worker: string): readonly Machine[] {
    const facts = this.members.get(worker)?.facts;
    if (facts === undefined) return this.present();
    const apart = this.present().filter((other) => placeOf(other.facts) !== placeOf(facts));
    const elsewhere = apart.filter((other) => other.facts.host !== facts.host);
    return elsewhere.length > 0 ? elsewhere : apart;
  }

  close(): void {
    clearInterval(this.timer);
    for (const { wake } of this.members.values()) wake();
  }

  private setAside(member: Member, reason: string): void {
    if (member.setAside !== undefined) return;
    member.setAside = reason;
    this.badPlaces.set(placeOf(member.facts), reason);
    this.options.onNotice(`${member.facts.host} (process ${member.facts.pid}) is set aside: ${reason}`);
    this.tell(member.worker, { type: 'leave', reason });
    this.options.onChange();
  }

  /** Time in which this process itself was busy, or stopped, counts as one look: what workers said meanwhile waits to be read. */
  private dropSilent(): void {
    const { silence } = this.options.pace;
    for (const member of [...this.members.values()]) {
      const { worker, facts } = member;
      if (++member.looks <= LOOKS) continue;
      this.members.delete(worker);
      this.options.onNotice(
        `${facts.host} (process ${facts.pid}) has been silent for ${Math.round(silence / 1000)} s; its trials go to other machines, after ${workOf(member)}`,
      );
      this.options.onChange();
    }
  }
}

function hear(member: Member): void {
  member.heardAt = performance.now();
  member.looks = 0;
}

/** What a process fails by that is not all of its host's: its devices. */
function placeOf({ host, devices }: MachineFacts): string {
  return [host, ...devices].join('\n');
}

function workOf({ ended, seconds }: Member): string {
  return `${counted(ended, 'trial')} and ${formatDuration(Math.round(seconds))} of training`;
}
