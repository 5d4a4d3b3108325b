// Makes a change that the server tells: see src/web/difference.ts.
'use strict';

/** A path alone: what is there is gone. With a value: it is that now. With three: so many items of a list, from one on, are these now. */
function applyChange(data, [path, ...what]) {
  const last = what.length === 3 ? path.length : path.length - 1;
  let place = data;
  for (const key of path.slice(0, last)) place = Object.hasOwn(Object(place), key) ? place[key] : undefined;
  // What an earlier change has taken away cannot be changed.
  if (place === undefined || place === null) return;
  const [first, count, items] = what;
  if (what.length === 3) place.splice(first, count, ...items);
  else if (what.length === 1)
    Object.defineProperty(place, path.at(-1), { value: first, writable: true, enumerable: true, configurable: true });
  else delete place[path.at(-1)];
}
