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
import { layoutOf } from '../../src/store/run-layout.js';
import { type CaseContext, type Check, Finding } from '../check.js';
import { leaderOf } from '../../src/controller/confirmation.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import { type Finished, expectEnd, hpoHere, spawnHpo } from '../support/hpo.js';
import { mutateBytes } from '../support/mutate.js';
import { type Reference, eventsOf, expectSame, referenceOf, withoutWarnings } from '../support/record.js';
import { type Variant, drawDamageVariant, writeStudy } from '../support/studies.js';
import { expectSameModel } from '../support/victim.js';

interface Undamaged {
  readonly reference: Reference;
  /** The folder whose copy was damaged. */
  readonly source: string;
}

/** Copies of one run in a case. Each is damaged, looked at, run again and compared. */
const COPIES = 4;
/** Damages of one more copy, one at a time: each is looked at and taken back, and nothing is run. */
const LOOKS = 80;
/** Both in cases of seconds. */
const SMALL = { copies: 1, looks: 8 };
/** Files that are damaged in one copy: none of a run's may keep hpo from another. The journal is damaged alone, as it may be refused. */
const MOST_FILES = 12;
const ONLY_JOURNAL = 0.4;
const READING = ['show', 'best', 'list', 'plan', 'report'] as const;

export const damage: Check = {
  name: 'damage',
  description: 'flipped bits, lost, doubled and moved pieces of journals, checkpoints, weights, snapshots and caches',
  async run(context) {
    const { random, shared, small } = context;
    const copies = small ? SMALL.copies : COPIES;
    const variant = drawDamageVariant(random);
    const reference = await referenceOf(variant, context);
    const source = random.next() < 0.5 ? reference.folder : await cutOff(variant, reference, context);
    const counts = { damages: 0, 'runs refused': 0, 'runs compared': 0, 'damages looked at': 0 };
    for (let i = 0; i < copies; i++) {
      const { place, cache, damages } = damagedCopy(variant, source, context);
      if (damages.length === 0) continue;
      process.env['HPO_CACHE'] = cache;
      try {
        const what = `${variant.name}: ${damages.join('; ')}`;
        const isCompared = await lookAt(place, what, { reference, source }, context);
        counts[isCompared ? 'runs compared' : 'runs refused']++;
      } finally {
        process.env['HPO_CACHE'] = join(shared, 'cache');
      }
      counts.damages += damages.length;
    }
    counts['damages looked at'] = await lookOnly(variant, { reference, source }, context);
    return { counts, note: `${counts.damages} damages of ${variant.name}, ${counts['runs refused']} runs refused` };
  },
};

/** A damage that `hpo check` does not tell changes no event that is read, and no model that is exported. Returns how many there were. */
async function lookOnly(variant: Variant, { source }: Undamaged, context: CaseContext): Promise<number> {
  const { random, folder, step, small } = context;
  const looks = small ? SMALL.looks : LOOKS;
  const place = join(folder, 'looked-at');
  rmSync(place, { recursive: true, force: true });
  cpSync(source, place, { recursive: true });
  const file = join(place, 'study.json');
  const { root } = layoutOf(file);
  const files = filesIn(root);
  const before = await eventsOf(layoutOf(join(source, 'study.json')));
  for (let i = 0; i < looks; i++) {
    const damaged = random.pick(files);
    const bytes = readFileSync(damaged);
    const what = `${variant.name}: ${damageFile(damaged, files, root, random)}`;
    const check = await checked(file, what, step);
    const name = relative(root, damaged);
    const isTold = check.code !== 0;
    // Without a journal there is no study to speak of.
    if (isTold && name !== 'journal.jsonl' && !check.out.includes(name)) {
      throw new Finding(`hpo check does not name ${name}: ${what}\n${check.out}`);
    }
    if (!isTold) await expectRead(file, before, { what, source }, step);
    writeFileSync(damaged, bytes);
  }
  return looks;
}

async function expectRead(
  file: string,
  before: readonly string[],
  { what, source }: { readonly what: string; readonly source: string },
  step: CaseContext['step'],
): Promise<void> {
  const found = await eventsOf(layoutOf(file));
  // Lost lines at the end are noticed by the snapshot, unless they were written after it.
  expectSame(found, before.slice(0, found.length), `a run that is called whole: ${what}`);
  // A journal that lost its end may have another best trial, whose model there was none of before.
  const isSame = found.length === before.length || (await bestIn(file)) === (await bestIn(join(source, 'study.json')));
  if (isSame) await expectOnlyRightModels(file, what, source, step);
}

/** The trial and epoch whose model is exported. */
async function bestIn(file: string): Promise<string> {
  const events = await readJournal(layoutOf(file).journal);
  const [first] = events;
  if (first?.type !== 'created') return 'nothing';
  const leader = leaderOf(replay(events, first.study.definition.objective));
  return `${leader?.trial.number}/${leader?.trial.best?.epoch}`;
}

interface Damaged {
  readonly place: string;
  readonly cache: string;
  /** In words, one for each file. */
  readonly damages: readonly string[];
}

function damagedCopy(variant: Variant, source: string, { random, folder, shared }: CaseContext): Damaged {
  const place = join(folder, 'damaged');
  rmSync(place, { recursive: true, force: true });
  const common = join(shared, 'cache');
  const { root, journal } = layoutOf(join(place, 'study.json'));
  if (random.next() < 0.15 && existsSync(common)) {
    const cache = join(folder, 'damaged-cache');
    rmSync(cache, { recursive: true, force: true });
    cpSync(common, cache, { recursive: true });
    // A study without a run: otherwise nothing is read from the cache.
    writeStudy(place, variant.study);
    return { place, cache, damages: damageSome(filesIn(cache), cache, random) };
  }
  cpSync(source, place, { recursive: true });
  const files = random.next() < ONLY_JOURNAL ? [journal] : filesIn(root).filter((file) => file !== journal);
  return { place, cache: common, damages: damageSome(files, root, random) };
}

/** Damages some of the files, each once. */
function damageSome(files: readonly string[], root: string, random: RandomStream): string[] {
  const left = [...files];
  const damages: string[] = [];
  for (let count = 1 + random.integer(MOST_FILES); count > 0 && left.length > 0; count--) {
    const [file] = left.splice(random.integer(left.length), 1);
    if (file !== undefined) damages.push(damageFile(file, files, root, random));
  }
  return damages;
}

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
      // One that an earlier damage left there.
      const other = random.pick(files.filter((each) => existsSync(each)));
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
  { step, random }: CaseContext,
): Promise<boolean> {
  const file = join(place, 'study.json');
  const layout = layoutOf(file);
  // Without a run there is none to be looked at.
  if (existsSync(layout.root)) {
    const isWhole = (await checked(file, what, step)).code === 0;
    const reading = random.pick(READING);
    step(`hpo ${reading}: ${what}`);
    expectEnd(await hpoHere(reading, reading === 'list' ? place : file), [0, 1, 2], `hpo ${reading}: ${what}`);
    const before = await eventsOf(layoutOf(join(source, 'study.json')));
    if (isWhole) await expectRead(file, before, { what, source }, step);
    else if (!what.includes(': journal.jsonl ')) await expectOnlyRightModels(file, what, source, step);
  }
  step(`hpo run: ${what}`);
  const printed = await hpoHere('run', file, '--plain');
  expectEnd(printed, [0, 1, 2], `hpo run: ${what}`);
  if (printed.code !== 0) {
    if (/\(ERR_JOURNAL_(DAMAGED|VERSION)\)/.test(printed.err) && what.includes(': journal.jsonl ')) return false;
    throw new Finding(`hpo run refused though nothing but the journal may be refused: ${what}\n${printed.err}`);
  }
  expectSame(withoutWarnings(await eventsOf(layout)), withoutWarnings(reference.events), what);
  await expectSameModel(layout, reference, what);
  step(`hpo check after the run: ${what}`);
  expectEnd(await hpoHere('check', file), [0], `hpo check after the run: ${what}`);
  return true;
}

async function checked(file: string, what: string, step: CaseContext['step']): Promise<Finished> {
  step(`hpo check: ${what}`);
  const end = await hpoHere('check', file);
  expectEnd(end, [0, 1, 2], `hpo check: ${what}`);
  return end;
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
