// HPO_DEBUG: which parts print, and that the others cost nothing.
import { expect, it } from 'vitest';
import { debugOf } from '../../src/system/debug.js';

function collect(setting: string | undefined) {
  const lines: string[] = [];
  let now = 0;
  const env = setting === undefined ? {} : { HPO_DEBUG: setting };
  return { lines, options: { env, write: (text: string) => void lines.push(text), clock: () => (now += 7) } };
}

it('prints the parts that are named, with the time since their last line', () => {
  const { lines, options } = collect('loop, engine');
  const loop = debugOf('loop', options);
  const store = debugOf('store', options);
  loop(() => 'trial 0 asked');
  store(() => 'synced');
  loop(() => 'trial 0 told');
  expect(lines).toEqual(['hpo:loop +7 ms  trial 0 asked\n', 'hpo:loop +7 ms  trial 0 told\n']);
});

it('prints every part for all', () => {
  const { lines, options } = collect('all');
  debugOf('images', options)(() => 'indexed');
  expect(lines).toHaveLength(1);
});

it('does not make messages that nobody asked for', () => {
  const { options } = collect(undefined);
  debugOf(
    'loop',
    options,
  )(() => {
    throw new Error('made');
  });
});

it('names the parts once where one is unknown', () => {
  const { lines, options } = collect('lop');
  debugOf('loop', options);
  debugOf('store', options);
  expect(lines).toEqual([
    expect.stringMatching(/^hpo: HPO_DEBUG knows no part 'lop'; expected all, or some of loop, search, /),
  ]);
});
