// The version of this package, and of what else matters when a model is made again.
import { readFileSync } from 'node:fs';

/** From dist/system and from src/system alike. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Of hpo, Node and the platform. */
export function versions(): Record<'hpo' | 'node' | 'platform', string> {
  return { hpo: readVersion(), node: process.versions.node, platform: `${process.platform} ${process.arch}` };
}
