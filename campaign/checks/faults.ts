// Makes system calls of a running study fail, one or all of a kind: it stops with a message or goes on, and continues to the same record.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { layoutOf } from '../../src/store/run-layout.js';
import type { Check } from '../check.js';
import { expectEnd, spawnHpo } from '../support/hpo.js';
import { eventsOf, expectSame, referenceOf } from '../support/record.js';
import { drawVariant, writeStudy } from '../support/studies.js';

/** Calls that only files have, with errors that file systems give. */
const FAULTS = [
  { calls: 'link,linkat', errors: ['EPERM', 'EOPNOTSUPP', 'ENOSYS'], all: true }, // a file system without hard links
  { calls: 'fsync,fdatasync', errors: ['EIO', 'ENOSPC', 'EROFS'], all: false },
  { calls: 'fsync,fdatasync', errors: ['EINVAL'], all: true }, // a file system that cannot sync
  { calls: 'rename,renameat,renameat2', errors: ['ENOSPC', 'EROFS', 'EIO', 'EACCES'], all: false },
  { calls: 'mkdir,mkdirat', errors: ['ENOSPC', 'EROFS', 'EACCES'], all: false },
  { calls: 'unlink,unlinkat', errors: ['EROFS', 'EBUSY', 'EIO'], all: false },
  { calls: 'pwrite64', errors: ['ENOSPC', 'EIO', 'EDQUOT'], all: false },
  { calls: 'ftruncate', errors: ['EIO', 'EROFS'], all: false },
  { calls: 'utimensat', errors: ['EROFS', 'EPERM'], all: true },
] as const;

export const faults: Check = {
  name: 'faults',
  description: 'errors of the file system at a random call, or at all of a kind, such as on one without hard links',
  skip: () =>
    spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'inject=link:error=EPERM', 'true']).status === 0
      ? undefined
      : 'strace is missing or may not change calls',
  async run(context) {
    const { random, folder, step } = context;
    const variant = drawVariant(random);
    const reference = await referenceOf(variant, context);
    const file = writeStudy(join(folder, 'faulty'), variant.study);
    const { calls, errors, all } = random.pick(FAULTS);
    const error = random.pick<string>(errors);
    // Counted in each thread.
    const first = 1 + random.integer(random.pick([3, 10, 40]));
    const when = all ? '1+' : random.next() < 0.5 ? `${first}` : `${first}+`;
    const inject = `inject=${calls}:error=${error}:when=${when}`;
    const what = `${variant.name} with ${inject}`;
    const by = ['strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
    step(what);
    const env = { HPO_CACHE: join(folder, 'cache') };
    const end = await spawnHpo(['run', file, '--plain'], { env, by }).finished;
    expectEnd(end, [0, 1, 2], what);
    step(`${what}, continued`);
    expectEnd(await spawnHpo(['run', file, '--plain'], { env }).finished, [0], `the run after ${what}`);
    expectSame(withoutWarnings(await eventsOf(layoutOf(file))), withoutWarnings(reference.events), what);
    step(`${what}, checked`);
    expectEnd(await spawnHpo(['check', file]).finished, [0], `the check after ${what}`);
    return { counts: { faults: 1 }, note: `exit code ${end.code}: ${what}` };
  },
};

/** What went wrong with a disk is recorded. */
function withoutWarnings(events: readonly string[]): string[] {
  return events.filter((event) => !event.startsWith('{"type":"warned"'));
}
