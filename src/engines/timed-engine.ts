// An engine whose runs are timed.
import type { BusyClock } from '../system/busy-clock.js';
import type { Engine, Program } from './engine.js';

/** The same engine; what its programs take counts on the clock. */
export function timedEngine(engine: Engine, clock: BusyClock): Engine {
  return {
    ...engine,
    async compile(...given) {
      const program = await engine.compile(...given);
      const run: Program['run'] = (...inputs) => clock.timed(() => program.run(...inputs));
      return { graph: program.graph, run, dispose: () => program.dispose() };
    },
  };
}
