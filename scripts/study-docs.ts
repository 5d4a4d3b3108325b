// From the study schema to the JSON Schema for editors and to the tables of docs/study.md.
import { studyJsonSchema } from '../src/study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../src/study/schema/training-schema.js';

/** The part of JSON Schema that zod writes for a study. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Marks where a table stands: `<!-- table: search -->` … `<!-- end -->`. */
const MARKED = /(<!-- table: ([^ ]+) -->)[^]*?(<!-- end -->)/g;

/** The content of study.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;
}

/** The document with every marked table written anew. Throws where a mark names no part of the schema. */
export function withTables(document: string): string {
  const schema = studyJsonSchema() as Schema;
  return document.replace(MARKED, (_, start: string, path: string, end: string) => {
    return `${start}\n\n${table(find(schema, path), path)}\n\n${end}`;
  });
}

/** `search`, `data[0]` for the first of several forms, `pruner[median]` for that of this type, `space.*` for a record's values. */
function find(schema: Schema, path: string): Schema {
  return path.split('.').reduce((current, step) => {
    const [, name = '', form] = /^([^[]+)(?:\[(\w+)\])?$/.exec(step) ?? [];
    const next = name === '*' ? current.additionalProperties : current.properties?.[name];
    const found = form === undefined ? next : formOf(next as Schema, form);
    if (typeof found !== 'object') throw new Error(`expected a part of the schema, got '${path}'`);
    return found;
  }, schema);
}

function formOf(schema: Schema, form: string): Schema | undefined {
  const forms = formsOf(schema);
  return forms.find(({ properties }) => properties?.['type']?.const === form) ?? forms[Number(form)];
}

function formsOf(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

function table(schema: Schema, path: string): string {
  const fields = Object.entries(schema.properties ?? {}).filter(([, field]) => field.const === undefined);
  const rows = fields.map(([name, field]) => {
    const fallback = path === 'training' ? TRAINING_DEFAULTS[name as keyof typeof TRAINING_DEFAULTS] : field.default;
    const required = schema.required?.includes(name) === true;
    const cells = [`\`${name}\``, typeOf(field), required ? 'required' : code(fallback), field.description ?? ''];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| field | value | default | |', '|---|---|---|---|', ...rows].join('\n');
}

function code(value: unknown): string {
  if (value === undefined) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return formsOf(schema).map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${itemsOf(schema)}`;
  if (schema.type === 'number' || schema.type === 'integer') {
    return `${schema.type === 'integer' ? 'whole number' : 'number'}${range(schema)}`;
  }
  if (schema.properties !== undefined) return `{ ${Object.keys(schema.properties).join(', ')} }`;
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

/** In brackets where they have several forms. */
function itemsOf({ items }: Schema): string {
  if (items === undefined) return 'anything';
  return items.anyOf === undefined && items.oneOf === undefined ? typeOf(items) : `(${typeOf(items)})`;
}

/** Bounds that a person would set; those of the number type itself say nothing. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const isBound = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const low = isBound(exclusiveMinimum) ? `> ${exclusiveMinimum}` : isBound(minimum) ? `≥ ${minimum}` : '';
  const high = isBound(exclusiveMaximum) ? `< ${exclusiveMaximum}` : isBound(maximum) ? `≤ ${maximum}` : '';
  const bounds = [low, high].filter((bound) => bound !== '');
  return bounds.length === 0 ? '' : `, ${bounds.join(' and ')}`;
}
