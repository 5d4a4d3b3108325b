// A study that is open in this process: locked, checked against its journal, its workers started.
import type { LiveStudy } from '../../controller/live-study.js';
import type { Activity } from '../../controller/run-study.js';
import type { StudyControl } from '../../controller/study-control.js';
import type { StudyEnd } from '../../controller/study-end.js';
import type { RunLayout } from '../../store/run-layout.js';
import type { StudyRecord, TrialEvent } from '../../study/events.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import type { EngineName } from '../../engines/engine.js';
import type { SlotPlan } from '../../workers/slot/slot-plan.js';
import type { Outlet } from '../terminal.js';

export interface SessionOptions {
  readonly workers: ResourcesConfiguration['workers'];
  readonly engine: ResourcesConfiguration['engine'];
  /** Puts an earlier run aside. */
  readonly fresh: boolean;
  /** Whether frozen features are kept. */
  readonly reuse: boolean;
  /** Told what takes a while before the study begins. */
  readonly progress: Outlet;
}

export interface StudySession {
  /** Of the study. */
  readonly file: string;
  readonly definition: StudyDefinition;
  readonly record: StudyRecord;
  readonly layout: RunLayout;
  readonly study: LiveStudy;
  /** Events of earlier sessions. */
  readonly past: readonly TrialEvent[];
  /** Events that opening it added. */
  readonly opened: readonly TrialEvent[];
  /** Trials that the study comes to. */
  readonly total: number;
  /** In order. */
  readonly slots: readonly SlotPlan[];
  /** Missing with a trainer of the user's own. */
  readonly engine?: EngineName;
  /** What a person should know of this session; no part of the study. */
  readonly notices: readonly string[];
  run(control: StudyControl, onActivity: (activity: Activity) => void): Promise<StudyEnd>;
  close(): Promise<void>;
}
