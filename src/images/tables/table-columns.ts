// Which column of a table holds what: named in study.json, or guessed by the names that data sets use.
import type { HpoError } from '../../study/errors.js';
import { hint } from '../../system/nearest.js';
import { listed } from '../../system/format.js';
import type { TableReader } from './table-reader.js';

export const COLUMN_ROLES = ['file', 'label', 'split', 'group', 'weight'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** Of study.json: a column's name, null for none, undefined for a guess. */
export type NamedColumns = { readonly [R in ColumnRole]?: string | null | undefined };

export type TableColumns = Readonly<Record<'file' | 'label', string>> & {
  readonly [R in 'split' | 'group' | 'weight']?: string;
} & { readonly guessed: readonly ColumnRole[] };

/** Lower case, without spaces, hyphens and underscores; the likelier first. */
const USUAL: Readonly<Record<ColumnRole, readonly string[]>> = {
  file: [
    ...['file', 'filename', 'filepath', 'path', 'imagepath', 'imagefile', 'imagefilename', 'image', 'img', 'imgpath'],
    ...['imgfile', 'imagename', 'fname', 'imageindex', 'picture', 'photo', 'imageid'],
  ],
  label: [
    ...['label', 'labels', 'class', 'classname', 'category', 'target', 'diagnosis', 'dx', 'species', 'finding'],
    ...['findinglabels', 'y', 'truth', 'groundtruth'],
  ],
  split: ['split', 'subset', 'partition', 'set', 'dataset', 'phase'],
  group: [
    ...['group', 'groupid', 'groups', 'patient', 'patientid', 'subject', 'subjectid', 'person', 'personid', 'case'],
    ...['caseid', 'lesionid', 'individual', 'individualid', 'studyid', 'participant', 'participantid'],
  ],
  weight: ['weight', 'weights', 'sampleweight'],
};

/** @throws HpoError ERR_DATA where a column is missing, there twice, or has two roles. */
export function chooseColumns({ columns, place }: TableReader, named: NamedColumns = {}): TableColumns {
  const guessed: ColumnRole[] = [];
  const found = new Map<ColumnRole, string>();
  for (const role of COLUMN_ROLES) {
    const name = named[role];
    if (name === null) continue;
    if (name !== undefined) {
      if (!columns.includes(name)) throw missing(role, name);
      found.set(role, name);
      continue;
    }
    const guess = guessOf(role, columns, [...found.values()]);
    if (guess !== undefined) {
      found.set(role, guess);
      guessed.push(role);
    }
  }
  for (const [i, [role, name]] of [...found].entries()) {
    if (columns.filter((one) => one === name).length > 1) {
      throw place.headerError(`expected one column '${name}', got several: rename all but one`);
    }
    const other = [...found].slice(0, i).find(([, one]) => one === name);
    if (other !== undefined) {
      throw place.headerError(
        `expected a column of its own for data.columns.${role}, got '${name}' for ${other[0]} too`,
      );
    }
  }
  const required = (role: 'file' | 'label'): string => found.get(role) ?? fail(missing(role));
  const [split, group, weight] = [found.get('split'), found.get('group'), found.get('weight')];
  return {
    ...{ file: required('file'), label: required('label'), guessed },
    ...(split === undefined ? {} : { split }),
    ...(group === undefined ? {} : { group }),
    ...(weight === undefined ? {} : { weight }),
  };

  function missing(role: ColumnRole, name?: string): HpoError {
    const known = listed(columns.map((one) => `'${one}'`));
    const wanted =
      name === undefined
        ? `a column such as '${USUAL[role][0]}' (or its name in data.columns.${role})`
        : `a column '${name}' (data.columns.${role})`;
    return place.headerError(`expected ${wanted}, got ${known}${name === undefined ? '' : hint(name, columns)}`);
  }
}

function fail(error: Error): never {
  throw error;
}

function guessOf(role: ColumnRole, columns: readonly string[], taken: readonly string[]): string | undefined {
  const free = columns.filter((name) => !taken.includes(name));
  for (const usual of USUAL[role]) {
    const match = free.find((name) => name.toLowerCase().replace(/[-_ .]/g, '') === usual);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** 'file: column 'path' (guessed), label: …' */
export function columnsLine(columns: TableColumns): string {
  return COLUMN_ROLES.flatMap((role) => {
    const name = columns[role];
    return name === undefined ? [] : [`${role} '${name}'${columns.guessed.includes(role) ? ' (guessed)' : ''}`];
  }).join(', ');
}
