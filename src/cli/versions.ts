// What made a model: the versions that matter when it is made again.
import { readVersion } from './read-version.js';

export function versions(): Record<string, string> {
  return { hpo: readVersion(), node: process.versions.node, platform: `${process.platform} ${process.arch}` };
}
