// Grid search: every combination, in order, until there is none left.
import type { History } from '../../study/history.js';
import type { Parameters } from '../../study/parameters.js';
import type { SearchSpace } from '../../study/space.js';
import type { Sampler, Suggestion } from '../sampler.js';

interface Cursor {
  readonly rest: Iterator<Parameters, void>;
  next: Parameters | undefined;
}

/**
 * Proposes the points of `space.grid(levels)` that no trial has, the last listed parameter fastest, then undefined. Where
 * it stopped in a history is remembered, as a history only ever grows; the answer does not depend on it.
 */
export class GridSampler implements Sampler {
  readonly foreseen = true;

  private readonly cursors = new WeakMap<History, Cursor>();

  constructor(
    private readonly space: SearchSpace,
    private readonly levels: number,
  ) {}

  ask(history: History): Suggestion | undefined {
    const cursor = this.cursorOf(history);
    while (cursor.next !== undefined && history.has(cursor.next)) cursor.next = cursor.rest.next().value ?? undefined;
    return cursor.next === undefined ? undefined : { parameters: cursor.next };
  }

  private cursorOf(history: History): Cursor {
    const known = this.cursors.get(history);
    if (known !== undefined) return known;
    const rest = this.space.grid(this.levels);
    const cursor: Cursor = { rest, next: rest.next().value ?? undefined };
    this.cursors.set(history, cursor);
    return cursor;
  }
}
