// Looks a name of the user's up in an object: `constructor` and `toString` are names like others.

/** The object's own value of this name; undefined where it has none. */
export function ownValue<Value>(object: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
