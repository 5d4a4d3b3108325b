// Makes a sweep's values fit the trainer's field: names of the field's own choices, integers, bounds.
import { AUGMENTATION_PRESETS } from '../../../study/augmentation-operations.js';
import { problemsOf } from '../../../study/schema/problems.js';
import { type TrainingField, trainingFields } from '../../../study/schema/training-schema.js';
import { ownValue } from '../../../system/own.js';
import { type NumberRange, type Swept, spelled } from './sweep-domain.js';

type Note = (remark: string) => void;

/** The same with values that the field accepts; what it does not accept is left out and named. */
export function fitted(field: TrainingField, swept: Swept, note: Note): Swept {
  switch (swept.type) {
    case 'none':
      return swept;
    case 'constant': {
      const value = accepted(field, swept.value, note);
      if (value !== undefined) return { type: 'constant', value };
      note(`is left out: ${field} is ${expected(field, swept.value)}, not ${spelled([swept.value])}.`);
      return { type: 'none' };
    }
    case 'choice':
      return choiceOf(field, swept.values, note);
    default:
      return rangeOf(field, swept, note);
  }
}

function choiceOf(field: TrainingField, values: readonly (string | number | boolean)[], note: Note): Swept {
  const refused = values.filter((value) => accepted(field, value) === undefined);
  const taken = [...new Set(values.map((value) => accepted(field, value, note)))].filter(
    (value) => value !== undefined,
  );
  const [first] = taken;
  if (first === undefined) {
    note(`is left out: ${field} is ${expected(field, values[0])}, not ${spelled(values)}.`);
    return { type: 'none' };
  }
  if (refused.length > 0) note(`is searched without ${spelled(refused)}: ${field} is ${expected(field, refused[0])}.`);
  return taken.length === 1 ? { type: 'constant', value: first } : { type: 'choice', values: taken };
}

function rangeOf(field: TrainingField, range: NumberRange, note: Note): Swept {
  const isWhole = takesIntegers(field) && range.type === 'float';
  const found: NumberRange = isWhole
    ? { ...range, type: 'int', min: Math.ceil(range.min), max: Math.floor(range.max) }
    : range;
  const wrong = [found.min, found.max].find((bound) => !trainingFields[field].safeParse(bound).success);
  if (wrong !== undefined || found.min > found.max) {
    const bound = wrong ?? range.min;
    note(`is left out: ${field} is ${expected(field, bound)}, and the range is ${range.min} … ${range.max}.`);
    return { type: 'none' };
  }
  if (isWhole) note('is searched over integers.');
  return found;
}

/** The value as the field writes it, such as adam for Adam; undefined where it accepts none of the kind. */
function accepted(field: TrainingField, value: string | number | boolean, note?: Note) {
  const schema = trainingFields[field];
  const candidates = typeof value === 'string' ? [value, ...synonyms(field, value)] : [value];
  const found = candidates.find((candidate) => schema.safeParse(candidate).success);
  if (found !== undefined && found !== value) note?.(`has '${String(found)}' for '${String(value)}'.`);
  // `augmentation` accepts any name, since a study may define it; a sweep's names are not the study's.
  if (field === 'augmentation' && typeof found === 'string' && !PRESETS.includes(found)) return undefined;
  return found;
}

const PRESETS: readonly string[] = AUGMENTATION_PRESETS;

/** Usual names of schedules, in lower case and without separators. */
const SCHEDULES: Readonly<Record<string, string>> = {
  none: 'constant',
  constantlr: 'constant',
  cosineannealing: 'cosine',
  cosineannealinglr: 'cosine',
  steplr: 'step',
  reducelronplateau: 'plateau',
  reduceonplateau: 'plateau',
  onecycle: 'oneCycle',
  onecyclelr: 'oneCycle',
};

function synonyms(field: TrainingField, value: string): string[] {
  const plain = value.toLowerCase().replace(/[^a-z0-9]/g, '');
  const schedule = field === 'schedule' ? ownValue(SCHEDULES, plain) : undefined;
  return [plain, ...(schedule === undefined ? [] : [schedule])];
}

function takesIntegers(field: TrainingField): boolean {
  const schema = trainingFields[field];
  return schema.safeParse(2).success && !schema.safeParse(2.5).success;
}

function expected(field: TrainingField, value: unknown): string {
  const parsed = trainingFields[field].safeParse(value);
  if (parsed.success) return field === 'augmentation' ? `one of ${spelled(PRESETS)}` : 'a value of another kind';
  return problemsOf(parsed.error.issues, value)[0]?.expected ?? 'another value';
}
