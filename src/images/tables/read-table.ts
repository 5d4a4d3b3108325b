// Reads a table of labels row by row into columns of plain values, and names the lines of what is wrong with it.
import { HpoError } from '../../study/errors.js';
import { counted } from '../../system/format.js';
import { must } from '../../system/must.js';
import { type Split, byCodeUnit } from '../indexing/image-index.js';
import type { ColumnRole, TableColumns } from './table-columns.js';
import type { TablePlace, TableReader } from './table-reader.js';
import { type Unfit, groupOf, isUnfit, labelOf, pathOf, splitOf, weightOf } from './table-values.js';

/** One image of a table; `label` is an index of the classes. */
export interface TableImage {
  /** Below the folder of images, with forward slashes. */
  readonly file: string;
  readonly label: number;
  readonly line: number;
  readonly split?: Split;
  readonly group?: string;
  readonly weight?: number;
}

export interface LabelTable {
  readonly place: TablePlace;
  readonly columns: TableColumns;
  /** Sorted by code unit, in Unicode's composed form (NFC). */
  readonly classes: readonly string[];
  /** In the order of the table, each file once. */
  readonly images: readonly TableImage[];
  readonly warnings: readonly string[];
}

/** Reports hold a table of classes × classes for every epoch. */
export const MAX_CLASSES = 2000;
/** Problems that a message names before it counts the rest. */
const NAMED = 10;
/** Examples in a warning. */
const EXAMPLES = 3;

/**
 * Reads all rows.
 * @param root absolute: the folder where the table's paths begin.
 * @throws HpoError ERR_DATA that names line and column of what cannot be used, and the lines of contradictory labels.
 */
export async function readTable(reader: TableReader, columns: TableColumns, root: string): Promise<LabelTable> {
  const { file, label, split, group, weight } = columns;
  const wanted = [file, label, split, group, weight].filter((name) => name !== undefined);
  const at = (name: string | undefined): number => (name === undefined ? -1 : wanted.indexOf(name));
  const places = { split: at(split), group: at(group), weight: at(weight) };
  const gathering = new Gathering(reader.place, columns);
  for await (const rows of reader.rows(wanted)) {
    for (const { line, values } of rows) {
      gathering.add({
        line,
        file: pathOf(values[0], root),
        label: labelOf(values[1]),
        ...(places.split < 0 ? {} : { split: splitOf(values[places.split]) }),
        ...(places.group < 0 ? {} : { group: groupOf(values[places.group]) }),
        ...(places.weight < 0 ? {} : { weight: weightOf(values[places.weight]) }),
      });
    }
  }
  return gathering.finish();
}

interface ReadRow {
  readonly line: number;
  readonly file: string | Unfit;
  readonly label: string | Unfit;
  readonly split?: Split | Unfit;
  readonly group?: string | Unfit;
  readonly weight?: number | Unfit;
}

class Gathering {
  private readonly images: TableImage[] = [];
  /** Positions in `images`. */
  private readonly byFile = new Map<string, number>();
  private readonly labels: LabelNames;
  private readonly problems: string[] = [];
  private problemCount = 0;
  /** Columns with problems that nobody named. */
  private readonly doubted = new Set<ColumnRole>();
  private readonly duplicates: string[] = [];
  private duplicateCount = 0;

  constructor(
    private readonly place: TablePlace,
    private readonly columns: TableColumns,
  ) {
    this.labels = new LabelNames(place, columns.label);
  }

  add(row: ReadRow): void {
    const { line, file, label, split, group, weight } = row;
    let isFit = true;
    for (const role of ['file', 'label', 'split', 'group', 'weight'] as const) {
      const value = row[role];
      if (!isUnfit(value)) continue;
      this.problem(line, this.columns[role], `expected ${value.expected}, got ${value.got}`);
      if (this.columns.guessed.includes(role)) this.doubted.add(role);
      isFit = false;
    }
    if (!isFit || isUnfit(file) || isUnfit(label) || isUnfit(split) || isUnfit(group) || isUnfit(weight)) return;
    const image: TableImage = {
      ...{ file, label: this.labels.numberOf(label, line), line },
      ...(split === undefined ? {} : { split }),
      ...(group === undefined ? {} : { group }),
      ...(weight === undefined ? {} : { weight }),
    };
    const before = this.byFile.get(file);
    if (before !== undefined) return this.repeated(must(this.images[before], 'a row'), image);
    this.byFile.set(file, this.images.length);
    this.images.push(image);
  }

  private repeated(first: TableImage, again: TableImage): void {
    for (const role of ['label', 'split', 'group', 'weight'] as const) {
      if (first[role] === again[role]) continue;
      const [one, other] = [first, again].map((row) => (role === 'label' ? this.labels.at(row.label) : row[role]));
      const where = `in ${this.place.line(first.line)}`;
      const file = `'${first.file}'`;
      const got = `'${String(other)}'`;
      return this.problem(
        again.line,
        this.columns[role],
        `expected '${String(one)}' for ${file} as ${where}, got ${got}`,
      );
    }
    this.duplicateCount++;
    if (this.duplicates.length < EXAMPLES) {
      this.duplicates.push(`${first.file} (${this.place.line(first.line)} and ${again.line})`);
    }
  }

  private problem(line: number, column: string | undefined, message: string): void {
    this.problemCount++;
    if (this.problems.length < NAMED) this.problems.push(`${this.place.at(line, column)}: ${message}`);
  }

  finish(): LabelTable {
    const { place, columns, problems, problemCount, images } = this;
    if (problemCount > 0) {
      const rest = problemCount > problems.length ? [`and ${problemCount - problems.length} more`] : [];
      const lines = [...problems, ...rest, ...this.doubts()].map((line) => `  ${line}`).join('\n');
      throw new HpoError('ERR_DATA', `${counted(problemCount, 'problem')} in ${place.file}:\n${lines}`);
    }
    if (images.length === 0) throw place.error('expected rows below the header, got none');
    const { classes, numbers, warnings } = this.labels.finish();
    if (classes.length < 2) {
      const got = `'${must(classes[0], 'a class')}' in every row`;
      throw place.error(`expected at least 2 different labels, got ${got}`, undefined, columns.label);
    }
    return {
      ...{ place, columns, classes },
      images: images.map((image) => ({ ...image, label: must(numbers[image.label], 'a class') })),
      warnings: [...this.weightWarning(), ...this.duplicateWarning(), ...warnings],
    };
  }

  private doubts(): string[] {
    return [...this.doubted].map((role) => {
      const none = role === 'file' || role === 'label' ? '' : ', or null for none';
      return `'${this.columns[role] ?? ''}' is a guess by its name: data.columns.${role} names another column${none}`;
    });
  }

  /** Such a column may as well hold the weight of a person, and nothing else would fail. */
  private weightWarning(): string[] {
    const { place, columns } = this;
    if (columns.weight === undefined || !columns.guessed.includes('weight')) return [];
    return [
      `${place.name}: column '${columns.weight}' is taken for the weights of images in the loss, by its name: confirm it in data.columns.weight, or set that to null`,
    ];
  }

  private duplicateWarning(): string[] {
    if (this.duplicateCount === 0) return [];
    const more = this.duplicateCount - this.duplicates.length;
    const names = this.duplicates.join(', ') + (more > 0 ? ` and ${more} more` : '');
    return [`${this.place.name}: ${counted(this.duplicateCount, 'row')} left out that repeat an earlier one: ${names}`];
  }
}

/** The labels of a table as numbers, in order of appearance. */
class LabelNames {
  /** By every spelling. */
  private readonly known = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly lines: number[] = [];
  private readonly byCase = new Map<string, number>();
  private readonly warnings: string[] = [];

  constructor(
    private readonly place: TablePlace,
    private readonly column: string,
  ) {}

  at(number: number): string {
    return must(this.names[number], 'a label');
  }

  /** Spellings that differ in their Unicode form alone are one label. @throws HpoError ERR_DATA beyond the most classes. */
  numberOf(label: string, line: number): number {
    const known = this.known.get(label);
    if (known !== undefined) return known;
    const name = label.normalize('NFC');
    const same = this.known.get(name);
    if (same !== undefined) {
      this.known.set(label, same);
      this.note(line, `label '${name}' has another Unicode form than in ${this.lineOf(same)}: taken as the same class`);
      return same;
    }
    if (this.names.length === MAX_CLASSES) throw this.tooMany(label, line);
    const number = this.names.push(name) - 1;
    this.lines.push(line);
    this.known.set(name, number).set(label, number);
    const lower = name.toLowerCase();
    const twin = this.byCase.get(lower);
    if (twin === undefined) this.byCase.set(lower, number);
    else
      this.note(
        line,
        `label '${name}' differs from '${this.at(twin)}' in ${this.lineOf(twin)} in case alone: taken as two classes`,
      );
    return number;
  }

  private lineOf(number: number): string {
    return this.place.line(must(this.lines[number], 'a line'));
  }

  private note(line: number, text: string): void {
    if (this.warnings.length < NAMED) this.warnings.push(`${this.place.at(line, this.column)}: ${text}`);
  }

  private tooMany(label: string, line: number): HpoError {
    const isNumber = this.names.every((name) => Number.isFinite(Number(name)));
    const hint = isNumber
      ? 'numbers to predict (regression) are not supported'
      : 'is it a column of labels? data.columns.label names another';
    const expected = `expected at most ${MAX_CLASSES} different labels, got one more, '${label}'`;
    return this.place.error(`${expected}: ${hint}`, line, this.column);
  }

  /** The names in order, and the place of each number in that order. */
  finish(): { classes: readonly string[]; numbers: readonly number[]; warnings: readonly string[] } {
    const classes = [...this.names].sort(byCodeUnit);
    const places = new Map(classes.map((name, place) => [name, place]));
    const numbers = this.names.map((name) => must(places.get(name), 'a class'));
    return { classes, numbers, warnings: this.warnings };
  }
}
