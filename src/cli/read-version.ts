// The version of this package.
import { readFileSync } from 'node:fs';

/** From dist/cli and from src/cli alike. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
