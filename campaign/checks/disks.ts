// Runs a study on a disk that becomes full, and on one that is read-only: it stops with a message, and continues where there is room.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf } from '../../src/store/run-layout.js';
import { type CaseContext, type Check, Finding } from '../check.js';
import { expectEnd, spawnHpo } from '../support/hpo.js';
import { eventsOf, expectSame, referenceOf } from '../support/record.js';
import { type Variant, drawVariant, writeStudy } from '../support/studies.js';

const mayMount =
  process.platform === 'linux' &&
  // In a name space of its own, so that nothing is left: mounting may be forbidden where making the space is not.
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

export const disks: Check = {
  name: 'disks',
  description: 'a full disk (a small tmpfs, or a limit of file sizes), a read-only one',
  skip: () => (process.platform === 'linux' ? undefined : 'needs Linux'),
  limits: () =>
    mayMount ? undefined : 'may not mount (no root): limits of file sizes only, no full disk and no read-only one',
  async run(context) {
    const variant = drawVariant(context.random);
    const reference = await referenceOf(variant, context);
    const choice = mayMount ? context.random.integer(3) : 0;
    const { note, file } = await [limitedFiles, fullDisk, readOnlyDisk][choice]!(variant, context);
    const isWarning = (event: string): boolean => event.startsWith('{"type":"warned"');
    const [found, expected] = [await eventsOf(layoutOf(file)), reference.events];
    expectSame(
      found.filter((event) => !isWarning(event)),
      expected.filter((event) => !isWarning(event)),
      note,
    );
    // Said in every line: a campaign that never had a full disk must not look as if it had.
    if (mayMount) return { counts: { disks: 1 }, note };
    return {
      counts: { 'disks, none of them mounted': 1 },
      note: `${note} (may not mount: no full disk, no read-only one)`,
    };
  },
};

interface Ran {
  readonly note: string;
  readonly file: string;
}

/** No file may be longer than a limit, which also holds for what is not root's. */
async function limitedFiles(variant: Variant, { random, folder, step }: CaseContext): Promise<Ran> {
  const file = writeStudy(join(folder, 'limited'), variant.study);
  const kilobytes = 1 + random.integer(40);
  const by = ['prlimit', `--fsize=${kilobytes * 1024}`];
  const env = { HPO_CACHE: join(folder, 'cache') };
  const note = `${variant.name} with files of at most ${kilobytes} KB`;
  step(note);
  const end = await spawnHpo(['run', file, '--plain'], { by, env }).finished;
  expectEnd(end, [0, 1], note);
  step(`${note}, continued`);
  expectEnd(await spawnHpo(['run', file, '--plain'], { env }).finished, [0], `the run after ${note}`);
  return { note: `exit code ${end.code}: ${note}`, file };
}

/** A tmpfs of the case's own, unmounted at the end. */
async function onTmpfs<T>(place: string, kilobytes: number, use: () => Promise<T>): Promise<T> {
  mkdirSync(place);
  mount('-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', place);
  try {
    return await use();
  } finally {
    spawnSync('umount', ['-l', place]);
  }
}

async function fullDisk(variant: Variant, { random, folder, step }: CaseContext): Promise<Ran> {
  const place = join(folder, 'small');
  const kilobytes = 4 * (8 + random.integer(150));
  const env = random.next() < 0.5 ? {} : { HPO_CACHE: join(place, 'cache') };
  const note = `${variant.name} on a disk of ${kilobytes} KB${'HPO_CACHE' in env ? ' with the cache' : ''}`;
  const copy = join(folder, 'copy');
  let code: number | null = 0;
  await onTmpfs(place, kilobytes, async () => {
    const file = writeStudy(place, variant.study);
    step(note);
    const end = await spawnHpo(['run', file, '--plain'], { env }).finished;
    expectEnd(end, [0, 1], note);
    code = end.code;
    step(`${note}, continued`);
    mount('-o', 'remount,size=200m', place);
    expectEnd(await spawnHpo(['run', file, '--plain'], { env }).finished, [0], `the run after ${note}`);
    if (spawnSync('cp', ['-a', place, copy]).status !== 0) throw new Error(`could not copy ${place}`);
  });
  return { note: `exit code ${code}: ${note}`, file: join(copy, 'study.json') };
}

async function readOnlyDisk(variant: Variant, { folder, step }: CaseContext): Promise<Ran> {
  const place = join(folder, 'read-only');
  const copy = join(folder, 'copy');
  const note = `${variant.name} on a read-only disk`;
  await onTmpfs(place, 200_000, async () => {
    const file = writeStudy(place, variant.study);
    mount('-o', 'remount,ro', place);
    step(`${note}, before its first run`);
    for (const [args, codes] of [
      [['plan', file], [0]],
      [
        ['run', file, '--plain'],
        [1, 2],
      ],
      [['show', file], [2]],
    ] as const) {
      expectEnd(await spawnHpo(args).finished, codes, `hpo ${args[0]} of ${note}`);
    }
    mount('-o', 'remount,rw', place);
    step(`${note}, its first run`);
    expectEnd(await spawnHpo(['run', file, '--plain']).finished, [0], `the run after ${note}`);
    mount('-o', 'remount,ro', place);
    step(`${note}, after its first run`);
    for (const command of ['show', 'best', 'check', 'list', 'plan']) {
      expectEnd(
        await spawnHpo([command, command === 'list' ? place : file]).finished,
        [0],
        `hpo ${command} of ${note}`,
      );
    }
    if (spawnSync('cp', ['-a', place, copy]).status !== 0) throw new Error(`could not copy ${place}`);
  });
  return { note, file: join(copy, 'study.json') };
}

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Finding(`mount ${args.join(' ')}: ${stderr}`);
}
