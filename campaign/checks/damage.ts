// Damages a file of a run, finished or cut off: nothing wrong is believed, and what can be had again is had again.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RandomStream } from '../../src/math/random.js';
import { type RunLayout, layoutOf } from '../../src/store/run-layout.js';
import { type CaseContext, type Check, Finding } from '../check.js';
import { expectEnd, hpoHere, spawnHpo } from '../support/hpo.js';
import { mutateBytes } from '../support/mutate.js';
import { type Reference, eventsOf, expectSame, referenceOf } from '../support/record.js';
import { type Variant, drawVariant, writeStudy } from '../support/studies.js';

interface Undamaged {
  readonly reference: Reference;
  /** The folder whose copy was damaged. */
  readonly source: string;
}

/** Damages of one case: all of copies of one run. */
const DAMAGES = 10;

export const damage: Check = {
  name: 'damage',
  description: 'flipped bits, lost, doubled and moved pieces of journals, checkpoints, weights, snapshots and caches',
  async run(context) {
    const { random, folder, shared } = context;
    const variant = drawVariant(random);
    const reference = await referenceOf(variant, context);
    const source = random.next() < 0.5 ? reference.folder : await cutOff(variant, reference, context);
    const counts = { damages: 0, refused: 0, 'made again': 0 };
    for (let i = 0; i < DAMAGES; i++) {
      const place = join(folder, 'damaged');
      rmSync(place, { recursive: true, force: true });
      cpSync(source, place, { recursive: true });
      const cache = join(folder, 'damaged-cache');
      const damagesCache = random.next() < 0.15 && existsSync(join(shared, 'cache'));
      if (damagesCache) {
        rmSync(cache, { recursive: true, force: true });
        cpSync(join(shared, 'cache'), cache, { recursive: true });
        // Otherwise nothing is read from it.
        rmSync(layoutOf(join(place, 'study.json')).root, { recursive: true, force: true });
      }
      const target = damagesCache ? cache : layoutOf(join(place, 'study.json')).root;
      const files = filesIn(target);
      if (files.length === 0) continue;
      const what = `${variant.name}: ${damageFile(random.pick(files), files, target, random)}`;
      process.env['HPO_CACHE'] = damagesCache ? cache : join(shared, 'cache');
      try {
        const isMadeAgain = await lookAt(place, what, { reference, source }, context);
        counts[isMadeAgain ? 'made again' : 'refused']++;
      } finally {
        process.env['HPO_CACHE'] = join(shared, 'cache');
      }
      counts.damages++;
    }
    return { counts, note: `${counts.damages} damages of ${variant.name}, ${counts.refused} refused` };
  },
};

/** A run that was killed, kept for the whole campaign. */
async function cutOff(variant: Variant, reference: Reference, { shared, random, step }: CaseContext): Promise<string> {
  const folder = join(shared, 'cut-off', variant.name);
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  const file = writeStudy(making, variant.study);
  const { journal } = layoutOf(file);
  const target = reference.journalBytes * random.uniform(0.2, 0.9);
  step(`a run of ${variant.name} that is cut off`);
  const { child, finished } = spawnHpo(['run', file, '--plain']);
  const exited = once(child, 'exit');
  const size = (): number => (existsSync(journal) ? statSync(journal).size : 0);
  while (child.exitCode === null && child.signalCode === null && size() < target) await delay(1);
  child.kill('SIGKILL');
  await exited;
  await finished;
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(making, folder);
  return folder;
}

function filesIn(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((file) => statSync(file).isFile() && !file.endsWith('log.txt'))
    .toSorted();
}

/** Damages one file; says how. */
function damageFile(file: string, files: readonly string[], root: string, random: RandomStream): string {
  const name = relative(root, file);
  const bytes = readFileSync(file);
  switch (random.integer(7)) {
    case 0:
      rmSync(file);
      return `${name} deleted`;
    case 1:
      writeFileSync(file, bytes.subarray(0, random.integer(bytes.length + 1)));
      return `${name} cut`;
    case 2: {
      const other = random.pick(files);
      writeFileSync(file, readFileSync(other));
      return `${name} replaced by ${relative(root, other)}`;
    }
    case 3: {
      const lines = bytes.toString('latin1').split('\n');
      const [a, b] = [random.integer(lines.length), random.integer(lines.length)];
      const moved = lines.splice(a, 1);
      if (random.next() < 0.7) lines.splice(b, 0, ...moved);
      writeFileSync(file, lines.join('\n'), 'latin1');
      return `${name} with a line lost or moved`;
    }
    default:
      writeFileSync(file, mutateBytes(bytes, random, 1));
      return `${name} changed`;
  }
}

/** Looks at the run, runs it again and compares. Returns false where the journal was refused as damaged. */
async function lookAt(
  place: string,
  what: string,
  { reference, source }: Undamaged,
  { step }: CaseContext,
): Promise<boolean> {
  const file = join(place, 'study.json');
  const layout = layoutOf(file);
  // Without a run there is none to be looked at.
  if (existsSync(layout.root)) {
    for (const [command, codes] of [
      ['check', [0, 1, 2]],
      ['show', [0, 1, 2]],
      ['best', [0, 1, 2]],
    ] as const) {
      step(`hpo ${command}: ${what}`);
      expectEnd(await hpoHere(command, file), codes, `hpo ${command}: ${what}`);
    }
    await expectOnlyRightModels(file, what, source, step);
  }
  step(`hpo run: ${what}`);
  const printed = await hpoHere('run', file, '--plain');
  expectEnd(printed, [0, 1, 2], `hpo run: ${what}`);
  if (printed.code !== 0) {
    if (/\(ERR_JOURNAL_(DAMAGED|VERSION)\)/.test(printed.err) && /journal\.jsonl/.test(what)) return false;
    throw new Finding(`hpo run refused though nothing but the journal may be refused: ${what}\n${printed.err}`);
  }
  const withoutWarnings = (events: readonly string[]): string[] =>
    events.filter((event) => !event.startsWith('{"type":"warned"'));
  expectSame(withoutWarnings(await eventsOf(layout)), withoutWarnings(reference.events), what);
  expectSameModel(layout, reference.layout, what);
  step(`hpo check after the run: ${what}`);
  expectEnd(await hpoHere('check', file), [0], `hpo check after the run: ${what}`);
  return true;
}

/** Whatever can be exported from the damaged run is what could be exported before. */
async function expectOnlyRightModels(
  file: string,
  what: string,
  source: string,
  step: CaseContext['step'],
): Promise<void> {
  const [out, right] = [join(dirname(file), 'model'), `${source}.model`];
  step(`hpo export before the damage: ${what}`);
  if (!existsSync(right)) await hpoHere('export', join(source, 'study.json'), '--out', right);
  if (!existsSync(right)) return;
  step(`hpo export: ${what}`);
  const end = await hpoHere('export', file, '--out', out);
  expectEnd(end, [0, 1, 2], `hpo export: ${what}`);
  for (const name of end.code === 0 ? readdirSync(right) : []) {
    // The model card has the interval, which is left out with a warning where best.json is damaged.
    if (!/weights|\.bin$|\.onnx$|\.safetensors$|model\.json$/.test(name)) continue;
    if (!readFileSync(join(out, name)).equals(readFileSync(join(right, name)))) {
      throw new Finding(`hpo export made another ${name} than before the damage: ${what}`);
    }
  }
  rmSync(out, { recursive: true, force: true });
}

function expectSameModel(found: RunLayout, expected: RunLayout, what: string): void {
  const trials = existsSync(expected.trials) ? readdirSync(expected.trials) : [];
  for (const trial of trials) {
    const weights = join(trial, 'best.safetensors');
    if (!existsSync(join(expected.trials, weights))) continue;
    const place = join(found.trials, weights);
    if (!existsSync(place)) throw new Finding(`no weights of trial ${trial} after the run: ${what}`);
    if (!readFileSync(place).equals(readFileSync(join(expected.trials, weights)))) {
      throw new Finding(`other weights of trial ${trial} than those of an undisturbed run: ${what}`);
    }
  }
}
