// What the dashboard looks at and what it may do: the contracts between it and whoever runs, or watches, a study.
import type { TrialEvent } from '../study/events.js';

/** What happens in a slot right now. Everything but the slot may be unknown; what is unknown is not shown. */
export interface SlotStatus {
  readonly slot: number;
  /** Such as 'GPU 0' or 'core 3'. */
  readonly device?: string;
  /** The machine of a worker that has its trials. */
  readonly machine?: string;
  /** The trial in it; none while it is idle. */
  readonly trial?: number;
  /** Others that were batched with that one; some may have ended already. */
  readonly beside?: readonly number[];
  /** How far the current epoch is, in [0, 1]. */
  readonly epochProgress?: number;
  readonly imagesPerSecond?: number;
  readonly memoryBytes?: number;
  /** Of the time, in [0, 1]. */
  readonly busyShare?: number;
  /** Of the whole GPU; load in [0, 1]. */
  readonly gpu?: { readonly load?: number; readonly memoryBytes?: number };
}

/** A machine that trains, or has trained, trials of this session. */
export interface MachineStatus {
  readonly name: string;
  /** Of its slots together, so far. */
  readonly seconds: number;
  /** Trials that a slot has had there and has no more. */
  readonly trials: number;
}

/** What is true of a running study beside its events. */
export interface StudyStatus {
  /** The engine that was chosen, such as 'onnx'. */
  readonly engine?: string;
  /** When this session began, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** Missing where it is not known, as for a study that is watched from outside. */
  readonly slots?: readonly SlotStatus[];
  /** Where several machines train; missing or empty where all slots are on this one. */
  readonly machines?: readonly MachineStatus[];
  /** Whether anybody runs it; undefined where that cannot be told. */
  readonly live?: boolean;
}

/** A study as it unfolds. */
export interface DashboardSource {
  /** Everything that happened before `subscribe` was called, in order. */
  readonly past: Iterable<TrialEvent>;
  /** Calls the listener after every event from now on. Returns the way to stop it. */
  subscribe(listener: (event: TrialEvent) => void): () => void;
  /** Asked once a frame: it should cost next to nothing. */
  status(): StudyStatus;
}

/** What a person can do from the dashboard; the controller's StudyControl is one. Missing where the study is only watched. */
export interface DashboardControls {
  readonly paused: boolean;
  readonly phase: 'running' | 'finishing' | 'stopping' | 'aborting';
  pause(): void;
  resume(): void;
  /** Ends the trial as pruned at its next report. */
  prune(trial: number): void;
  /** Nothing new starts; running trials come to their end. */
  finish(): void;
  /** The first time puts running trials aside at their next report, with everything kept; the second time stops at once. */
  interrupt(): void;
}
