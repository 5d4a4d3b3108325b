// A trial's parameters in one line, their names shortened where the line is too short for them.
import { must } from '../../system/must.js';
import type { Parameters } from '../../study/parameters.js';
import { formatScalar } from '../../system/format.js';
import { oneLine, widthOf } from '../../system/text-width.js';
import { ownValue } from '../../system/own.js';

/** "learningRate 0.00042 · batchSize 16", or, where that is wider than `width`, "lr 0.00042 · bs 16"; may still be too wide. */
export function parametersWithin(parameters: Parameters, width: number): string {
  const names = Object.keys(parameters);
  const list = (shorten: (name: string) => string, separator: string): string =>
    names.map((name) => `${shorten(name)} ${formatScalar(ownValue(parameters, name) ?? '')}`).join(separator);
  const full = list(oneLine, ' · ');
  if (widthOf(full) <= width) return full;
  const short = shortNames(names);
  const shortened = list((name) => short.get(name) ?? name, ' · ');
  return widthOf(shortened) <= width ? shortened : list((name) => short.get(name) ?? name, '  ');
}

const LETTERS = 4;

/** 'learningRate' → 'lr', 'dropout' → 'drop'; names that would come out the same stay as they are. */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  const short = names.map((name) => {
    const humps = oneLine(name)
      .split(/(?=[A-Z])|[_\-. ]+/)
      .filter((hump) => hump !== '');
    return humps.length > 1
      ? humps
          .map((hump) => hump[0])
          .join('')
          .toLowerCase()
      : oneLine(name).slice(0, LETTERS);
  });
  return new Map(
    names.map((name, i) => {
      const own = must(short[i], 'a short name');
      return [name, short.indexOf(own) === short.lastIndexOf(own) ? own : oneLine(name)];
    }),
  );
}
