// Amounts of memory as people write them: 800 MB, 1.2 GB, 2 GiB.

const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes, at least 1; undefined for a text that is no such amount. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kMGT]i?B)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit] ?? NaN));
  return bytes >= 1 ? bytes : undefined;
}
