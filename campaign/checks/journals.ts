// Journals whose lines are well sealed and say nonsense, as another program or somebody hostile could write them.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import { sealLine } from '../../src/store/journal-line.js';
import { layoutOf } from '../../src/store/run-layout.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes, mutateValue } from '../support/mutate.js';
import { referenceOf } from '../support/record.js';
import { type Variant, drawVariant } from '../support/studies.js';

const FILES = 30;
const SMALL_FILES = 8;
/** Of journals whose trainer is quick: what is continued from nonsense must end. */
const RUN_AGAIN = 0.2;

export const journals: Check = {
  name: 'journals',
  description: 'journals of nonsense with right checksums, given to every command that reads them',
  async run(context) {
    const { random, folder, step, small } = context;
    const files = small ? SMALL_FILES : FILES;
    const variant = drawVariant(random);
    const { folder: source, layout } = await referenceOf(variant, context);
    const bytes = readFileSync(layout.journal);
    let refused = 0;
    for (let i = 0; i < files; i++) {
      const place = join(folder, 'study');
      rmSync(place, { recursive: true, force: true });
      cpSync(source, place, { recursive: true });
      const file = join(place, 'study.json');
      writeFileSync(layoutOf(file).journal, random.next() < 0.2 ? mutateBytes(bytes, random) : nonsense(bytes, random));
      for (const args of commandsFor(file, folder, variant, random)) {
        step(`hpo ${args.join(' ')} with journal ${i}`);
        const end = await hpoHere(...args);
        expectEnd(end, [0, 1, 2], `hpo ${args[0]} with journal ${i}`);
        if (args[0] === 'show' && end.code !== 0) refused++;
      }
    }
    return { counts: { journals: files, refused }, note: `${files} journals of ${variant.name}, ${refused} refused` };
  },
};

function nonsense(bytes: Buffer, random: RandomStream): Buffer {
  const lines = bytes.toString().trim().split('\n');
  const events = lines.map((line): unknown => {
    const { line: _, crc: __, ...event } = JSON.parse(line) as Record<string, unknown>;
    return event;
  });
  for (let change = random.pick([1, 1, 1, 2, 3]); change > 0; change--) {
    const at = random.integer(events.length);
    const chance = random.next();
    if (chance < 0.15) events.splice(at, 1);
    else if (chance < 0.3) events.splice(random.integer(events.length), 0, events[at]);
    else events[at] = chance < 0.5 ? mutateValue(events[at], random, 1) : changeOnce(events[at], random);
  }
  const json = (event: unknown): string => {
    const text = jsonOf(event).replaceAll('\n', '');
    return text.startsWith('{') && text.length > 2 ? text : `{"type":${text || 'null'}}`;
  };
  return Buffer.concat(events.map((event, i) => sealLine(json(event), i + 1)));
}

function commandsFor(file: string, folder: string, { kind }: Variant, random: RandomStream): string[][] {
  const all = [
    ['show', file],
    ['show', file, '--json'],
    ['best', file],
    ['list', folder],
    ['check', file],
    ['report', file],
    ['plan', file],
    ['export', file, '--out', join(folder, 'study', 'model')],
  ];
  const isRun = kind.isOwn && random.next() < RUN_AGAIN;
  return [['show', file], random.pick(all), isRun ? ['run', file, '--plain', '--time', '3s'] : random.pick(all)];
}
