// The engines that the conformance suites run on: those of the list that load here.
import { afterAll, describe, it } from 'vitest';
import { HpoError, messageOf } from '../../src/study/errors.js';
import type { Engine, EngineName } from '../../src/engines/engine.js';
import { ENGINE_NAMES } from '../../src/study/engine-names.js';
import { openEngine } from '../../src/engines/open-engine.js';

/** Another engine joins every suite by its name here. */
export const TESTED: readonly EngineName[] = ENGINE_NAMES;

/** These must load wherever the tests run; of the others, absence is a reason to skip. */
const REQUIRED: readonly EngineName[] = ['onnx', 'wasm', 'cpu'];

/** Milliseconds: software in place of a GPU compiles every shader on a processor. */
const TIMEOUT = 300_000;

export type Loaded = { readonly name: EngineName } & ({ readonly engine: Engine } | { readonly missing: string });

export async function loadEngines(): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  for (const name of TESTED) {
    try {
      loaded.push({ name, engine: await openEngine(name) });
    } catch (error) {
      if (REQUIRED.includes(name) || !(error instanceof HpoError)) throw error;
      loaded.push({ name, missing: messageOf(error) });
    }
  }
  return loaded;
}

/** The tests of every engine of the list; where one is missing, a skipped test says why. */
export function describeEngines(engines: readonly Loaded[], tests: (engine: Engine) => void): void {
  for (const loaded of engines) {
    describe(loaded.name, { timeout: TIMEOUT }, () => {
      if ('missing' in loaded) {
        it.skip(`is missing: ${loaded.missing.replace(/\s+/g, ' ').slice(0, 200)}`);
        return;
      }
      afterAll(() => loaded.engine.dispose());
      tests(loaded.engine);
    });
  }
}
