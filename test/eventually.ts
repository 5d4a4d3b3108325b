// Waits for what comes by itself, with a patience that no load eats: only a test that fails takes that long.
import { vi } from 'vitest';

/** Milliseconds; below the time limit of a test, so that its error says what was missing. */
const PATIENCE = 50_000;

/** Calls `check` again and again, at every `interval` milliseconds, until it no longer throws. */
export function eventually<T>(check: () => T | Promise<T>, interval = 50): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE, interval });
}
