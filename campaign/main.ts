// The campaign: breaks hpo at random for a given time, apart from the tests. npm run campaign -- --minutes 30 [--only kills,damage]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { CaseRunner } from './case-runner.js';
import type { Check } from './check.js';
import { CHECKS } from './checks.js';

interface Options {
  readonly minutes: string;
  readonly seed: string;
  readonly only?: string;
  readonly except?: string;
  readonly case?: string;
  readonly small?: boolean;
}

interface Tally {
  cases: number;
  seconds: number;
  /** Bytes: of the case that took the most. */
  peak: number;
  readonly counts: Map<string, number>;
}

const options = new Command('campaign')
  .description('Breaks hpo at random; every case follows from seed, check and number.')
  .option('--minutes <number>', 'for how long', '30')
  .option('--seed <text>', 'where all random numbers come from', 'hpo')
  .option('--only <checks>', `some of ${CHECKS.map(({ name }) => name).join(', ')}`)
  .option('--except <checks>', 'all but these')
  .option('--case <number>', 'this case alone, of one check')
  .option('--small', 'cases of seconds, so that a short campaign comes to every check')
  .parse()
  .opts<Options>();

const chosen = choose(options);
const small = options.small === true;
const root = mkdtempSync(join(tmpdir(), 'hpo-campaign-'));
const shared = join(root, 'shared');
mkdirSync(shared);
// What runs is the built program, as a user has it.
spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/build.js', import.meta.url)), '--if-changed'], {
  stdio: 'inherit',
});
process.env['HPO_CACHE'] = join(shared, 'cache');
process.env['ORT_DISABLE_TELEMETRY'] = '1';
// A malformed study may name weights that are not here.
process.env['HPO_OFFLINE'] = '1';

const runner = new CaseRunner();
const tallies = new Map<Check, Tally>();
let findings = 0;
for (const check of chosen) {
  const reason = check.skip?.();
  const limits = reason === undefined ? check.limits?.() : undefined;
  if (limits !== undefined) console.log(`less  ${check.name}: ${limits}`);
  if (reason === undefined) tallies.set(check, { cases: 0, seconds: 0, peak: 0, counts: new Map() });
  else console.log(`skip  ${check.name}: ${reason}`);
}

const end = performance.now() + Number(options.minutes) * 60_000;
if (options.case !== undefined) for (const check of tallies.keys()) await runCase(check, Number(options.case));
else {
  while (performance.now() < end && tallies.size > 0) {
    // Every check gets the same share of the time.
    const [check, { cases }] = [...tallies].reduce((least, each) =>
      each[1].seconds < least[1].seconds ? each : least,
    );
    await runCase(check, cases);
  }
}
await runner.close();
if (findings === 0) rmSync(root, { recursive: true, force: true });
summarize();

async function runCase(check: Check, number: number): Promise<void> {
  const tally = tallies.get(check);
  if (tally === undefined) return;
  const folder = join(root, `${check.name}-${number}`);
  mkdirSync(folder);
  const began = performance.now();
  const result = await runner.run(
    { check: check.name, seed: options.seed, number, folder, shared, small },
    check.memory,
  );
  const seconds = (performance.now() - began) / 1000;
  tally.cases++;
  tally.seconds += seconds;
  tally.peak = Math.max(tally.peak, result.peak);
  const name = `${check.name} ${number}`.padEnd(16);
  if (result.passed) {
    for (const [what, count] of Object.entries(result.result.counts)) {
      tally.counts.set(what, (tally.counts.get(what) ?? 0) + count);
    }
    console.log(`ok    ${name} ${seconds.toFixed(1).padStart(6)} s  ${result.result.note}`);
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  findings++;
  console.log(`FOUND ${name} ${seconds.toFixed(1).padStart(6)} s  ${result.message.replaceAll('\n', '\n      ')}`);
  console.log(
    `      again: npm run campaign -- --seed ${options.seed} --only ${check.name} --case ${number}${small ? ' --small' : ''}`,
  );
  console.log(`      files: ${folder}`);
}

function summarize(): void {
  for (const [{ name }, { cases, counts, peak }] of tallies) {
    const counted = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
    console.log(`total ${name.padEnd(16)} ${cases} cases: ${counted}; at most ${(peak / 2 ** 20).toFixed(0)} MiB`);
  }
  const cases = [...tallies.values()].reduce((sum, tally) => sum + tally.cases, 0);
  console.log(`campaign with seed ${options.seed}: ${cases} cases, ${findings} findings`);
  process.exitCode = findings === 0 ? 0 : 1;
}

function choose({ only, except }: Options): readonly Check[] {
  const chosen = only === undefined ? CHECKS : named(only, '--only');
  const left = except === undefined ? [] : named(except, '--except');
  return chosen.filter((check) => !left.includes(check));
}

function named(list: string, option: string): Check[] {
  return list.split(',').map((name) => {
    const check = CHECKS.find((each) => each.name === name);
    if (check !== undefined) return check;
    console.error(`expected checks of ${CHECKS.map((each) => each.name).join(', ')} at ${option}, got '${name}'`);
    process.exit(2);
  });
}
