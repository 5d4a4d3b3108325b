// Plain data that nobody can change any more.

/** Freezes objects and arrays, and all in them. What is frozen already is taken to be so throughout; numbers in typed arrays stay as they are. */
export function freezeDeep<T>(value: T): T {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeep(part);
  return value;
}

/** A frozen copy: whoever gave the value may go on changing it. What is frozen already is no copy. */
export function frozenCopy<T>(value: T): T {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const entries = Object.entries(value).map(([name, part]) => [name, frozenCopy(part)] as const);
  return Object.freeze(Object.fromEntries(entries)) as T;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
