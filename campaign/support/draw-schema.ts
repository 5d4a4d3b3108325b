// Values that fit a JSON schema, at the edges of what it allows: what is refused later than by the schema is what programs stumble over.
import type { RandomStream } from '../../src/math/random.js';

/** Of what study.schema.json uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  /** Of a tuple: false, as there are no more. */
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const TEXTS = [
  'a',
  'x',
  'none',
  'label',
  'constructor',
  'toString',
  '{x}',
  '{hpo.trial}',
  '-1',
  '1e999',
  'é',
  'hf:a/b',
];

/** A value that the schema takes. Patterns of texts are not kept. */
export function drawFrom(schema: JsonSchema, random: RandomStream): unknown {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return drawFrom(random.pick(choices), random);
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const type = typeof schema.type === 'string' ? schema.type : random.pick(schema.type ?? ['number', 'string']);
  switch (type) {
    case 'object':
      return drawObject(schema, random);
    case 'array':
      return drawArray(schema, random);
    case 'boolean':
      return random.next() < 0.5;
    case 'integer':
    case 'number':
      return drawNumber(schema, type === 'integer', random);
    case 'null':
      return null;
    default:
      return random
        .pick(TEXTS)
        .repeat(random.pick([1, 1, 1, 40]))
        .slice(0, schema.maxLength);
  }
}

function drawObject(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  random: RandomStream,
): object {
  const entries: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    if (required.includes(name) || random.next() < 0.3) entries.push([name, drawFrom(schema, random)]);
  }
  if (typeof additionalProperties === 'object') {
    for (let count = random.integer(4); count >= 0; count--) {
      entries.push([random.pick(TEXTS), drawFrom(additionalProperties, random)]);
    }
  }
  return Object.fromEntries(entries);
}

function drawArray(
  { items = {}, prefixItems, minItems = 0, maxItems = Infinity }: JsonSchema,
  random: RandomStream,
): unknown[] {
  if (prefixItems !== undefined) return prefixItems.map((schema) => drawFrom(schema, random));
  if (items === false) return [];
  const length = Math.min(maxItems, minItems + random.pick([0, 1, 2, 30]));
  return Array.from({ length }, () => drawFrom(items, random));
}

/** Mostly at an edge. */
function drawNumber(schema: JsonSchema, isInteger: boolean, random: RandomStream): number {
  const { minimum = -1e9, maximum = 1e9, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  const step = isInteger ? 1 : 1e-9;
  const low = Math.max(minimum, exclusiveMinimum + step);
  const high = Math.min(maximum, exclusiveMaximum - step);
  const drawn = random.pick([
    low,
    low + step,
    0,
    1,
    2,
    high - step,
    high,
    random.uniform(low, Math.min(high, low + 10)),
  ]);
  return Math.min(high, Math.max(low, isInteger ? Math.round(drawn) : drawn));
}

/** A copy of the value, which fits the schema, with another value in one place that the schema names. */
export function redrawn(value: unknown, schema: JsonSchema, random: RandomStream): unknown {
  const inner = innerOf(value, schema, random);
  // Deeper more often than not.
  if (inner === undefined || random.next() < 0.25) return drawFrom(schema, random);
  const { key, schema: own } = inner;
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === key ? redrawn(item, own, random) : item));
  const before = (value as Record<string, unknown>)[key];
  return { ...(value as object), [key]: before === undefined ? drawFrom(own, random) : redrawn(before, own, random) };
}

function innerOf(
  value: unknown,
  schema: JsonSchema,
  random: RandomStream,
): { readonly key: string | number; readonly schema: JsonSchema } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const own = formOf(value, schema);
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined;
    const key = random.integer(value.length);
    const item = own.prefixItems?.[key] ?? own.items;
    return item === undefined || item === false ? undefined : { key, schema: item };
  }
  const names = [...Object.keys(own.properties ?? {}), ...Object.keys(value)];
  if (names.length === 0) return undefined;
  const key = random.pick(names);
  const named = own.properties?.[key];
  const others = typeof own.additionalProperties === 'object' ? own.additionalProperties : undefined;
  const found = named ?? others;
  return found === undefined ? undefined : { key, schema: found };
}

/** Of several forms the one that has most of the value's names. */
function formOf(value: object, schema: JsonSchema): JsonSchema {
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms === undefined) return schema;
  const type = Array.isArray(value) ? 'array' : 'object';
  const fits = (form: JsonSchema): number => {
    const { properties = {} } = form;
    const isOfType = form.type === type || form.anyOf !== undefined || form.oneOf !== undefined;
    const wrong = Object.entries(properties).some(
      ([name, { const: fixed }]) => fixed !== undefined && (value as Record<string, unknown>)[name] !== fixed,
    );
    return isOfType && !wrong ? 1 + Object.keys(value).filter((name) => name in properties).length : 0;
  };
  const best = forms.reduce((a, b) => (fits(b) > fits(a) ? b : a));
  return best.anyOf === undefined && best.oneOf === undefined ? best : formOf(value, best);
}
