// A study of another machine with its paths as they are on this one.
import { posix } from 'node:path';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { movedTarget } from '../files/target-folders.js';
import { isHubName } from '../../backbones/download/hub/hub-name.js';

/** Paths that begin with `from` on the controller's machine begin with `to` here. */
export interface PathMap {
  readonly from: string;
  readonly to: string;
}

/** The path on this machine: by the longest map that fits. */
export function mapPath(path: string, maps: readonly PathMap[]): string {
  const fitting = maps
    .filter(({ from }) => path === from || path.startsWith(from.endsWith('/') ? from : `${from}/`))
    .toSorted((a, b) => b.from.length - a.from.length);
  const [map] = fitting;
  return map === undefined ? path : posix.join(map.to, path.slice(map.from.length));
}

/** The definition with absolute paths of this machine. @param directory where the controller's relative paths start. */
export function mappedDefinition(
  definition: StudyDefinition,
  directory: string,
  maps: readonly PathMap[],
): StudyDefinition {
  const mapped = (path: string): string => mapPath(posix.resolve(directory, path), maps);
  const { data, backbone } = definition;
  return {
    ...definition,
    ...(data === undefined ? {} : { data: mappedData(data, mapped) }),
    ...(backbone === undefined ? {} : { backbone: mappedBackbone(backbone, mapped) }),
  };
}

type Data = NonNullable<StudyDefinition['data']>;
type BackboneOfStudy = NonNullable<StudyDefinition['backbone']>;

function mappedData(data: Data, mapped: (path: string) => string): Data {
  if ('drawn' in data) return data;
  return { ...mappedSource(data, mapped), ...movedTarget(data, mapped) };
}

type FileData = Exclude<Data, { drawn: unknown }>;

function mappedSource(data: FileData, mapped: (path: string) => string): FileData {
  if ('folder' in data) return { ...data, folder: mapped(data.folder) };
  if ('table' in data) {
    return {
      ...data,
      table: mapped(data.table),
      ...(data.images === undefined ? {} : { images: mapped(data.images) }),
    };
  }
  const { train, validation, test } = data;
  const own = { train: mapped(train), validation: mapped(validation) };
  return { ...data, ...own, ...(test === undefined ? {} : { test: mapped(test) }) };
}

function mappedBackbone(backbone: BackboneOfStudy, mapped: (path: string) => string): BackboneOfStudy {
  const { weights } = backbone;
  if (weights === undefined) return backbone;
  const ofThisMachine = (path: string): string => (path === 'random' || isHubName(path) ? path : mapped(path));
  if (typeof weights === 'string') return { ...backbone, weights: ofThisMachine(weights) };
  return {
    ...backbone,
    weights: Object.fromEntries(Object.entries(weights).map(([name, path]) => [name, ofThisMachine(path)])),
  };
}
