// Cuts the power of a study's disk: rebuilds from the study's system calls what a disk that loses unsynced writes would hold, and continues.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { layoutOf } from '../../src/store/run-layout.js';
import { type CaseContext, type Check, Finding } from '../check.js';
import { expectEnd, hpoHere, spawnHpo } from '../support/hpo.js';
import { type DiskCall, diskCallsOf, tracedInto } from '../support/disk-log.js';
import { DiskModel } from '../support/disk-model.js';
import { eventsOf, expectSame, referenceOf } from '../support/record.js';
import { type Variant, drawVariant, writeStudy } from '../support/studies.js';

interface Recording {
  /** The folder in which the study ran; run and cache lie in `disk`. */
  readonly root: string;
  readonly calls: readonly DiskCall[];
}

const recordings = new Map<string, Recording>();
/** Cases that share one recording. */
const CUTS_OF_A_RECORDING = 4;
const SMALL_CUTS = 1;

export const powerCuts: Check = {
  name: 'power-cuts',
  description: 'what a disk that loses unsynced writes holds after a power cut at a random system call',
  // The case holds all that the study wrote, as strace tells it in text. The study itself is a process of its own.
  memory: 6 * 2 ** 30,
  skip: () =>
    spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
      ? undefined
      : 'strace is missing or may not trace',
  async run(context) {
    const { random, folder, step, small } = context;
    const count = small ? SMALL_CUTS : CUTS_OF_A_RECORDING;
    const variant = drawVariant(random);
    const reference = await referenceOf(variant, context);
    const { root, calls } = await recordingOf(variant, context);
    let [cuts, lost] = [0, 0];
    for (; cuts < count; cuts++) {
      const isAtEnd = random.next() < 0.1;
      const cut = isAtEnd ? calls.length : random.integer(calls.length + 1);
      const lastSync = calls.slice(0, cut).findLastIndex(({ type }) => type === 'sync') + 1;
      const namesUntil = isAtEnd ? cut : lastSync + random.integer(cut - lastSync + 1);
      const place = join(folder, `cut-${cut}`);
      rmSync(place, { recursive: true, force: true });
      writeStudy(place, variant.study);
      DiskModel.after(root, calls.slice(0, cut), namesUntil).writeTo(place, random);
      const layout = layoutOf(join(place, 'study.json'));
      step(`a run after a power cut at call ${cut} of ${calls.length}, names until ${namesUntil}`);
      if (isAtEnd) expectSame(await eventsOf(layout), reference.events, 'what was on the disk when the run had ended');
      cpSync(place, `${place}.before`, { recursive: true });
      lost += existsSync(layout.journal) ? 0 : 1;
      process.env['HPO_CACHE'] = join(place, 'cache');
      try {
        expectEnd(
          await hpoHere('run', join(place, 'study.json'), '--plain'),
          [0],
          `the run after a cut at call ${cut}`,
        );
        expectSame(await eventsOf(layout), reference.events, `${variant.name} after a power cut at call ${cut}`);
        expectEnd(await hpoHere('check', join(place, 'study.json')), [0], `the check after a cut at call ${cut}`);
      } finally {
        process.env['HPO_CACHE'] = join(context.shared, 'cache');
      }
      for (const done of [place, `${place}.before`]) rmSync(done, { recursive: true, force: true });
    }
    return {
      counts: { cuts, 'cuts before the journal': lost },
      note: `${cuts} cuts among ${calls.length} calls of ${variant.name}`,
    };
  },
};

/** Runs the study once under strace, and makes sure that the calls that it saw explain all files. */
async function recordingOf(variant: Variant, { folder, step }: CaseContext): Promise<Recording> {
  const known = recordings.get(variant.name);
  if (known !== undefined) return known;
  const root = join(folder, 'recorded');
  mkdirSync(root);
  const file = writeStudy(root, variant.study);
  const written = new Map(filesIn(root));
  const trace = join(folder, 'trace.txt');
  step(`${variant.name} under strace`);
  const env = { HPO_CACHE: join(root, 'cache') };
  const end = await spawnHpo(['run', file, '--plain'], { env, by: tracedInto(trace) }).finished;
  expectEnd(end, [0], `${variant.name} under strace`);
  const calls = diskCallsOf(readFileSync(trace, 'utf8'), `${root}/`);
  rmSync(trace);
  const model = DiskModel.after(root, calls).contents();
  const found = new Map([...filesIn(root)].filter(([path]) => !written.has(path)));
  for (const path of new Set([...model.keys(), ...found.keys()])) {
    if (model.get(path)?.equals(found.get(path) ?? Buffer.from('\0')) !== true) {
      throw new Finding(`the calls that were recorded do not explain ${path}: a fault of the campaign`);
    }
  }
  const recording = { root, calls };
  recordings.set(variant.name, recording);
  rmSync(root, { recursive: true });
  return recording;
}

function* filesIn(root: string): Iterable<[string, Buffer]> {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name);
    if (statSync(path).isFile()) yield [relative(root, path), readFileSync(path)];
  }
}
