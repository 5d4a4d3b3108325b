// For values that the types cannot prove to be there, though the code around makes sure of it.

/** The value, which is there unless the program itself is wrong; `what` names it in the error that says so. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === undefined || value === null) throw new Error(`expected ${what}, got ${String(value)}: a fault of hpo`);
  return value;
}
