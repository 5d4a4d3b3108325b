// Which column of a table holds what: named in study.json, or guessed by the names that data sets use.
import type { HpoError } from '../../study/errors.js';
import { hint } from '../../system/nearest.js';
import { listed } from '../../system/format.js';
import { type SeveralLabels, isColumns } from './label-cells.js';
import type { TableReader } from './table-reader.js';

export const COLUMN_ROLES = ['file', 'label', 'split', 'group', 'weight'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** Of study.json: a column's name, null for none, undefined for a guess. */
export type NamedColumns = { readonly [R in ColumnRole]?: string | null | undefined };

/** Either `label` or `labels` is there. */
export type TableColumns = { readonly file: string } & {
  readonly [R in 'label' | 'split' | 'group' | 'weight']?: string;
} & {
  /** A column for each label. */
  readonly labels?: readonly string[];
  readonly guessed: readonly ColumnRole[];
};

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

/** Usual names of columns that hold several labels; the likelier first. */
export const USUAL_LISTS = ['labels', 'tags', 'attributes', 'classes', 'categories', 'findings', ...USUAL.label];

/**
 * @param several how a table gives several labels of an image; undefined: each has one.
 * @throws HpoError ERR_DATA where a column is missing, there twice, or has two roles.
 */
export function chooseColumns(
  { columns, place }: TableReader,
  named: NamedColumns = {},
  several?: SeveralLabels,
): TableColumns {
  const guessed: ColumnRole[] = [];
  const found = new Map<ColumnRole, string>();
  const list = several === undefined || isColumns(several) ? undefined : several;
  const labels = several !== undefined && isColumns(several) ? labelColumns(several) : undefined;
  const isRead = (role: ColumnRole): boolean => role !== 'label' || labels === undefined;
  for (const role of COLUMN_ROLES.filter(isRead)) {
    const name = role === 'label' && list !== undefined ? list.column : named[role];
    if (name === null) continue;
    if (name !== undefined) {
      if (!columns.includes(name)) throw missing(role, name);
      found.set(role, name);
      continue;
    }
    const usual = role === 'label' && list !== undefined ? USUAL_LISTS : USUAL[role];
    const guess = guessOf(usual, columns, [...found.values(), ...(labels ?? [])]);
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
    if (labels?.includes(name) === true) {
      throw place.headerError(`expected a column of its own for data.columns.${role}, got '${name}', a label, too`);
    }
  }
  const required = (role: 'file' | 'label'): string => found.get(role) ?? fail(missing(role));
  const [split, group, weight] = [found.get('split'), found.get('group'), found.get('weight')];
  return {
    ...{ file: required('file'), guessed },
    ...(labels === undefined ? { label: required('label') } : { labels }),
    ...(split === undefined ? {} : { split }),
    ...(group === undefined ? {} : { group }),
    ...(weight === undefined ? {} : { weight }),
  };

  /** As the table spells them: it may use another Unicode form. */
  function labelColumns(names: readonly string[]): readonly string[] {
    const chosen = names.map((name) => {
      const spelled = columns.filter((one) => one.normalize('NFC') === name.normalize('NFC'));
      if (spelled.length > 1) throw place.headerError(`expected one column '${name}', got several: rename all but one`);
      return spelled[0] ?? fail(missing('label', name));
    });
    const twice = chosen.find((name, i) => chosen.indexOf(name) < i);
    if (twice === undefined) return chosen;
    throw place.headerError(`expected each label once in data.labels, got '${twice}' twice`);
  }

  function missing(role: ColumnRole, name?: string): HpoError {
    const known = listed(columns.map((one) => `'${one}'`));
    const field = role !== 'label' || several === undefined ? `data.columns.${role}` : labelPlace(several);
    const usual = role === 'label' && list !== undefined ? USUAL_LISTS[0] : USUAL[role][0];
    const wanted =
      name === undefined ? `a column such as '${usual}' (or its name in ${field})` : `a column '${name}' (${field})`;
    return place.headerError(`expected ${wanted}, got ${known}${name === undefined ? '' : hint(name, columns)}`);
  }
}

function fail(error: Error): never {
  throw error;
}

function labelPlace(several: SeveralLabels): string {
  return isColumns(several) ? 'data.labels' : 'data.labels.column';
}

/** The first usual name that a free column has. */
export function guessOf(
  names: readonly string[],
  columns: readonly string[],
  taken: readonly string[],
): string | undefined {
  const free = columns.filter((name) => !taken.includes(name));
  for (const usual of names) {
    const match = free.find((name) => name.toLowerCase().replace(/[-_ .]/g, '') === usual);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** 'file: column 'path' (guessed), label: …' */
export function columnsLine(columns: TableColumns): string {
  return COLUMN_ROLES.flatMap((role) => {
    if (role === 'label' && columns.labels !== undefined)
      return [`labels ${listed(columns.labels.map((one) => `'${one}'`))}`];
    const name = columns[role];
    return name === undefined ? [] : [`${role} '${name}'${columns.guessed.includes(role) ? ' (guessed)' : ''}`];
  }).join(', ');
}
