// A made-up study that unfolds: the events of a fake one, replayed on a faster clock, with controls that do what they say.
import type { DashboardControls, DashboardSource, SlotStatus, StudyStatus } from '../../../src/dashboard/source.js';
import type { TrialEvent } from '../../../src/study/events.js';

export class LiveFake implements DashboardSource, DashboardControls {
  paused = false;
  phase: DashboardControls['phase'] = 'running';
  readonly past: TrialEvent[] = [];
  readonly asked: string[] = [];
  private readonly listeners = new Set<(event: TrialEvent) => void>();
  private readonly slots: SlotStatus[];
  private position = 0;

  /** @param begin how many events have happened already. */
  constructor(
    private readonly events: readonly TrialEvent[],
    begin: number,
    slots = 2,
  ) {
    this.slots = Array.from({ length: slots }, (_, slot) => ({ slot, device: `core ${slot}` }));
    while (this.position < begin && this.position < events.length) this.step();
  }

  get isOver(): boolean {
    return this.position >= this.events.length;
  }

  /** The time of the latest event. */
  get now(): number {
    return this.events[Math.max(0, this.position - 1)]?.at ?? 0;
  }

  /** The next event happens. */
  step(): void {
    const event = this.events[this.position++];
    if (event === undefined) return;
    this.past.push(event);
    this.occupy(event);
    for (const listener of this.listeners) listener(event);
  }

  subscribe(listener: (event: TrialEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  status(): StudyStatus {
    return { engine: 'onnx', startedAt: this.events[0]?.at ?? 0, slots: this.slots };
  }

  pause(): void {
    this.paused = true;
    this.asked.push('pause');
  }

  resume(): void {
    this.paused = false;
    this.asked.push('resume');
  }

  prune(trial: number): void {
    this.asked.push(`prune ${trial}`);
  }

  finish(): void {
    this.phase = 'finishing';
    this.asked.push('finish');
  }

  interrupt(): void {
    this.phase = this.phase === 'stopping' ? 'aborting' : 'stopping';
    this.asked.push('interrupt');
  }

  private occupy(event: TrialEvent): void {
    if (event.type === 'started') {
      const device = `core ${event.slot}`;
      this.slots[event.slot] = { slot: event.slot, device, trial: event.trial };
    } else if (event.type === 'told' || event.type === 'reported') {
      const slot = this.slots.findIndex(({ trial }) => trial === event.trial);
      const known = this.slots[slot];
      if (known === undefined) return;
      const measured = { imagesPerSecond: 380 + ((event.at >> 4) % 60), memoryBytes: 290e6 + (event.at % 30) * 1e6 };
      this.slots[slot] = event.type === 'told' ? { slot, device: known.device ?? '' } : { ...known, ...measured };
    }
  }
}
