// Which keys a schema takes at a path: what an unknown one may have been meant for.
import { z } from 'zod';

type Path = readonly PropertyKey[];
type Schema = z.core.$ZodType;

/** Of a union, the keys of every branch. */
export function keysAt(schema: Schema, path: Path): string[] {
  let schemas = open(schema);
  for (const step of path) schemas = schemas.flatMap((one) => inside(one, step)).flatMap(open);
  return [...new Set(schemas.flatMap((one) => (isObject(one) ? Object.keys(one._zod.def.shape) : [])))];
}

/** Paths of two steps, such as `training.folds`, of a key that is known elsewhere. */
export function placesOf(schema: Schema, key: string): string[] {
  return keysAt(schema, [])
    .filter((outer) => keysAt(schema, [outer]).includes(key))
    .map((outer) => `${outer}.${key}`);
}

/** Without what does not change the keys: defaults, optional values, unions, transformations. */
function open(schema: Schema): Schema[] {
  const { def } = schema._zod;
  if ('innerType' in def && isSchema(def.innerType)) return open(def.innerType);
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap(open);
  if (schema instanceof z.core.$ZodPipe) return open(schema._zod.def.in);
  return [schema];
}

function inside(schema: Schema, step: PropertyKey): Schema[] {
  if (schema instanceof z.core.$ZodArray) return [schema._zod.def.element];
  if (schema instanceof z.core.$ZodRecord) return [schema._zod.def.valueType];
  if (!isObject(schema) || typeof step !== 'string' || !Object.hasOwn(schema._zod.def.shape, step)) return [];
  const next = schema._zod.def.shape[step];
  return next === undefined ? [] : [next];
}

function isSchema(value: unknown): value is Schema {
  return value instanceof z.core.$ZodType;
}

function isObject(schema: Schema): schema is z.core.$ZodObject {
  return schema instanceof z.core.$ZodObject;
}
