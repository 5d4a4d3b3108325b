// Damages this machine's cache: models of the hub, facts about images, features, weights that were read. A cache is believed where it is whole, and made again elsewhere.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import { layoutOf } from '../../src/store/run-layout.js';
import { smallModel } from '../../test/onnx/small-model.js';
import { type CaseContext, type Check, Finding } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes } from '../support/mutate.js';
import { eventsOf, expectSame, withoutWarnings } from '../support/record.js';
import { writeStudy } from '../support/studies.js';

const DAMAGES = 8;
const SMALL_DAMAGES = 2;
/** A model as `hpo backbones pull` keeps it, and one whose download broke off. */
const [NAME, PLACE] = ['hf:owner/model', 'owner--model@main'];

const CASES = {
  hub: { backbone: { name: NAME }, training: { epochs: 1, headEpochs: 1, unfreezeDepth: 0, augmentation: 'none' } },
  features: {
    backbone: { name: 'quicknet', inputSize: 32 },
    training: { epochs: 2, headEpochs: 1, unfreezeDepth: 1, augmentation: 'none' },
  },
} as const;
type CaseName = keyof typeof CASES;

export const caches: Check = {
  name: 'caches',
  description: 'damaged caches: models of the hub with their notes, broken downloads, facts about images, features',
  async run(context) {
    const { random, folder, shared, small } = context;
    const name = random.pick(Object.keys(CASES) as CaseName[]);
    const whole = await wholeCache(name, context);
    const expected = await eventsOf(layoutOf(join(whole, 'study/study.json')));
    const counts = { damages: small ? SMALL_DAMAGES : DAMAGES, refused: 0, 'runs compared': 0 };
    try {
      for (let i = 0; i < counts.damages; i++) {
        const place = join(folder, 'damaged');
        rmSync(place, { recursive: true, force: true });
        cpSync(whole, place, { recursive: true });
        const cache = join(place, 'cache');
        process.env['HPO_CACHE'] = cache;
        const what = `${name}, damage ${i}: ${damageIn(cache, name, random)}`;
        const code = await lookAt(join(place, 'study/study.json'), what, expected, context);
        counts[code === 0 ? 'runs compared' : 'refused']++;
      }
    } finally {
      process.env['HPO_CACHE'] = join(shared, 'cache');
    }
    return { counts, note: `${counts.damages} damages of the cache of ${name}, ${counts.refused} runs refused` };
  },
};

/** A study that has run once with a cache of its own. */
async function wholeCache(name: CaseName, { shared, step }: CaseContext): Promise<string> {
  const whole = join(shared, `cache-of-${name}`);
  if (existsSync(whole)) return whole;
  const making = `${whole}.making`;
  rmSync(making, { recursive: true, force: true });
  const file = writeStudy(join(making, 'study'), {
    name,
    data: { folder: '../images', validationSplit: 0.4 },
    ...CASES[name],
    space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
    search: { strategy: 'random', trials: 2, seed: 3 },
    pruner: { type: 'none' },
    resources: { workers: 1, engine: 'onnx' },
  });
  await writeImages(join(making, 'images'));
  if (name === 'hub') writeHub(join(making, 'cache'));
  process.env['HPO_CACHE'] = join(making, 'cache');
  step(`the undisturbed run of ${name}`);
  expectEnd(await hpoHere('run', file, '--plain'), [0], `the undisturbed run of ${name}`);
  cpSync(making, whole, { recursive: true });
  rmSync(making, { recursive: true });
  return whole;
}

async function writeImages(folder: string): Promise<void> {
  const { default: sharp } = await import('sharp');
  for (const [label, background] of [
    ['red', { r: 200, g: 30, b: 30 }],
    ['blue', { r: 30, g: 30, b: 200 }],
  ] as const) {
    mkdirSync(join(folder, label), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const image = sharp({ create: { width: 32, height: 32, channels: 3, background: { ...background, g: 30 * i } } });
      await image.png().toFile(join(folder, label, `${i}.png`));
    }
  }
}

/** As hub-cache.ts writes it. */
function writeHub(cache: string): void {
  const hub = join(cache, 'weights', 'hub');
  const model = Buffer.from(smallModel());
  const source = {
    ...{ name: NAME, commit: 'c0ffee'.padEnd(40, '0'), path: 'onnx/model.onnx', file: 'model.onnx' },
    ...{ size: model.length, sha256: null, licence: 'mit' },
  };
  const config = { do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.2, 0.2, 0.2], size: 8 };
  const files = {
    'model.onnx': model,
    'source.json': JSON.stringify(source, null, 2),
    'preprocessor_config.json': JSON.stringify(config),
    'config.json': JSON.stringify({ model_type: 'mine', image_size: 8 }),
    LICENSE: 'MIT',
  };
  for (const place of [PLACE, 'owner--other@main.part']) {
    mkdirSync(join(hub, place), { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(hub, place, file), content);
  }
  writeFileSync(join(hub, 'owner--other@main.part', 'model.onnx.part'), model.subarray(0, 100));
}

/** Says what it did. */
function damageIn(cache: string, name: CaseName, random: RandomStream): string {
  const all = readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .map((one) => join(cache, one))
    .filter((path) => statSync(path).isFile())
    .toSorted();
  const ofHub = all.filter((path) => path.includes('/hub/'));
  const file = random.pick(name === 'hub' && random.next() < 0.8 ? ofHub : all);
  const shown = relative(cache, file);
  const bytes = readFileSync(file);
  const chance = random.next();
  if (chance < 0.15) {
    const kind = random.pick(['fifo', 'device', 'folder', 'nothing', 'link'] as const);
    rmSync(file);
    if (kind === 'fifo') spawnSync('mkfifo', [file]);
    else if (kind === 'device') symlinkSync('/dev/zero', file);
    else if (kind === 'link') symlinkSync('nowhere', file);
    else if (kind === 'folder') mkdirSync(file);
    return `${shown} is ${kind}`;
  }
  const changed = chance < 0.7 ? changedJson(bytes, random) : undefined;
  writeFileSync(file, changed ?? mutateBytes(bytes, random, 1));
  return `${shown} changed${changed === undefined ? '' : ' in one place'}`;
}

/** One change in a file of JSON, or in one line of it; undefined where it is none. */
function changedJson(bytes: Buffer, random: RandomStream): string | undefined {
  const text = bytes.toString('utf8');
  const parsed = (json: string): unknown => {
    try {
      return JSON.parse(json);
    } catch {
      return undefined;
    }
  };
  const whole = parsed(text);
  if (whole !== undefined) return jsonOf(changeOnce(whole, random));
  const lines = text.split('\n');
  const at = random.integer(lines.length);
  const line = parsed(lines[at] ?? '');
  if (line === undefined) return undefined;
  lines[at] = jsonOf(changeOnce(line, random)).replaceAll('\n', '');
  return lines.join('\n');
}

/** Returns the exit code of the run. */
async function lookAt(
  file: string,
  what: string,
  expected: readonly string[],
  { step }: CaseContext,
): Promise<number | null> {
  for (const args of [['backbones'], ['cache'], ['plan', file]]) {
    step(`hpo ${args[0]}: ${what}`);
    expectEnd(await hpoHere(...args), [0, 1, 2], `hpo ${args[0]}: ${what}`);
  }
  step(`hpo run: ${what}`);
  const end = await hpoHere('run', file, '--plain', '--fresh');
  expectEnd(end, [0, 1, 2], `hpo run: ${what}`);
  const isOfModel = what.includes('hub/');
  if (end.code !== 0 && !isOfModel) throw new Finding(`a damaged cache kept a study from running: ${what}\n${end.err}`);
  // Another network, or another way to prepare its images, is another study.
  if (end.code === 0 && !isOfModel) {
    expectSame(withoutWarnings(await eventsOf(layoutOf(file))), withoutWarnings(expected), what);
  }
  return end.code;
}
