// JSON as a person would write it: what fits on a line stands on one.

const WIDTH = 120;

/** Two spaces of indentation; the outermost object is always broken into lines. */
export function compactJson(value: unknown): string {
  return `${broken(value, '')}\n`;
}

function format(value: unknown, indent: string, used: number): string {
  const inline = oneLine(value);
  return used + inline.length <= WIDTH ? inline : broken(value, indent);
}

function broken(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.length > 0) {
    const items = value.map((item) => `${inner}${format(item, inner, inner.length + 1)}`);
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (!isObject(value) || entriesOf(value).length === 0) return oneLine(value);
  const entries = entriesOf(value).map(([key, entry]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return `${start}${format(entry, inner, start.length + 1)}`;
  });
  return `{\n${entries.join(',\n')}\n${indent}}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = entriesOf(value).map(([key, entry]) => `${JSON.stringify(key)}: ${oneLine(entry)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function entriesOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, entry]) => entry !== undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
