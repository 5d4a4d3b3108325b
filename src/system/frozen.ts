// Plain data that nobody can change any more.

/** Freezes objects and arrays, and all in them. What is frozen already is taken to be so throughout; numbers in typed arrays stay as they are. */
export function freezeDeep<T>(value: T): T {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeep(part);
  return value;
}

/** A frozen copy of plain data: whoever gave it may go on changing it. */
export function frozenCopy<T>(value: T): T {
  return freezeDeep(structuredClone(value));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
