// The same replays with Optuna, where a Python has it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domains } from '../../src/study/parameters.js';
import { runPeer } from '../python.js';
import { BUDGETS } from './replay.js';
import type { RecordedRun } from '../../scripts/prior/recorded-runs.js';

export interface PeerPool {
  readonly seed: number;
  readonly runs: readonly RecordedRun[];
}

/** Regrets by pool and budget. */
export function peerRegrets(policy: string, domains: Domains, pools: readonly PeerPool[], workers: number): number[][] {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-anytime-'));
  try {
    const path = join(folder, 'pools.json');
    writeFileSync(path, JSON.stringify({ domains, budgets: BUDGETS, pools }));
    return runPeer<{ regrets: number[][] }>('optuna_anytime', path, policy, workers).regrets;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
