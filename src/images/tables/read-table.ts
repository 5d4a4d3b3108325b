// Reads a table of labels row by row into columns of plain values, and names the lines of what is wrong with it.
import { HpoError } from '../../study/errors.js';
import { counted } from '../../system/format.js';
import { must } from '../../system/must.js';
import type { Split } from '../indexing/image-index.js';
import { type LabelReading, hasLabel, labelsInCell } from './label-cells.js';
import { LabelNames } from './label-names.js';
import type { ColumnRole, TableColumns } from './table-columns.js';
import type { TablePlace, TableReader } from './table-reader.js';
import { type Unfit, groupOf, isUnfit, labelOf, pathOf, splitOf, weightOf } from './table-values.js';

/** One image of a table; `label` is an index of the classes. */
export interface TableImage {
  /** Below the folder of images, with forward slashes. */
  readonly file: string;
  /** Of an image with several labels: theirs, in order. */
  readonly label: number | readonly number[];
  readonly line: number;
  readonly split?: Split;
  readonly group?: string;
  readonly weight?: number;
}

export interface LabelTable {
  readonly place: TablePlace;
  readonly columns: TableColumns;
  readonly reading: LabelReading;
  /** Sorted by code unit, in Unicode's composed form (NFC). */
  readonly classes: readonly string[];
  /** In the order of the table, each file once. */
  readonly images: readonly TableImage[];
  readonly warnings: readonly string[];
}

/** Problems that a message names before it counts the rest. */
const NAMED = 10;
/** Examples in a warning. */
const EXAMPLES = 3;

/**
 * Reads all rows.
 * @param root absolute: the folder where the table's paths begin.
 * @throws HpoError ERR_DATA that names line and column of what cannot be used, and the lines of contradictory labels.
 */
export async function readTable(
  reader: TableReader,
  columns: TableColumns,
  root: string,
  reading: LabelReading = { kind: 'one' },
): Promise<LabelTable> {
  const { file, label, labels = [], split, group, weight } = columns;
  const wanted = [file, label, ...labels, split, group, weight].filter((name) => name !== undefined);
  const at = (name: string | undefined): number => (name === undefined ? -1 : wanted.indexOf(name));
  const places = { split: at(split), group: at(group), weight: at(weight) };
  const gathering = new Gathering(reader.place, columns, reading);
  for await (const rows of reader.rows(wanted)) {
    for (const { line, values } of rows) {
      gathering.add({
        line,
        file: pathOf(values[0], root),
        ...readLabel(values.slice(1), reading),
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
  readonly label: string | readonly string[] | Unfit;
  /** The column of a label that is unfit, where there is one for each label. */
  readonly labelColumn?: string;
  readonly split?: Split | Unfit;
  readonly group?: string | Unfit;
  readonly weight?: number | Unfit;
}

/** @param values of the row, from its first label on. */
function readLabel(values: readonly unknown[], reading: LabelReading): Pick<ReadRow, 'label' | 'labelColumn'> {
  if (reading.kind === 'one') return { label: labelOf(values[0]) };
  if (reading.kind === 'list') return { label: labelsInCell(values[0], reading.form, reading.none) };
  const labels: string[] = [];
  for (const [i, name] of reading.names.entries()) {
    const has = hasLabel(values[i]);
    if (isUnfit(has)) return { label: has, labelColumn: must(reading.columns[i], 'a column') };
    if (has) labels.push(name);
  }
  return { label: labels };
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
    private readonly reading: LabelReading,
  ) {
    this.labels = new LabelNames(place, columns.label);
    if (reading.kind === 'columns') for (const name of reading.names) this.labels.numberOf(name, 1);
  }

  add(row: ReadRow): void {
    const { line, file, label, split, group, weight } = row;
    let isFit = true;
    for (const role of ['file', 'label', 'split', 'group', 'weight'] as const) {
      const value = row[role];
      if (!isUnfit(value)) continue;
      const column = role === 'label' ? (row.labelColumn ?? this.columns.label) : this.columns[role];
      this.problem(line, column, `expected ${value.expected}, got ${value.got}`);
      if (this.columns.guessed.includes(role)) this.doubted.add(role);
      isFit = false;
    }
    if (!isFit || isUnfit(file) || isUnfit(label) || isUnfit(split) || isUnfit(group) || isUnfit(weight)) return;
    const image: TableImage = {
      ...{ file, label: this.numbersOf(label, line), line },
      ...(split === undefined ? {} : { split }),
      ...(group === undefined ? {} : { group }),
      ...(weight === undefined ? {} : { weight }),
    };
    const before = this.byFile.get(file);
    if (before !== undefined) return this.repeated(must(this.images[before], 'a row'), image);
    this.byFile.set(file, this.images.length);
    this.images.push(image);
  }

  /** In order of appearance; of several labels in rising order, each once. */
  private numbersOf(label: string | readonly string[], line: number): TableImage['label'] {
    if (typeof label === 'string') return this.labels.numberOf(label, line);
    return [...new Set(label.map((one) => this.labels.numberOf(one, line)))].sort((a, b) => a - b);
  }

  private namesOf(label: TableImage['label']): string {
    return typeof label === 'number' ? this.labels.at(label) : label.map((one) => this.labels.at(one)).join(', ');
  }

  private repeated(first: TableImage, again: TableImage): void {
    for (const role of ['label', 'split', 'group', 'weight'] as const) {
      const [one, other] = [first, again].map((row) => (role === 'label' ? this.namesOf(row.label) : row[role]));
      if (one === other) continue;
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
      const got = classes[0] === undefined ? 'no label in any row' : `'${classes[0]}' in every row`;
      throw place.error(`expected at least 2 different labels, got ${got}`, undefined, columns.label);
    }
    const numberOf = (label: number): number => must(numbers[label], 'a class');
    return {
      ...{ place, columns, classes, reading: this.reading },
      images: images.map((image) => ({
        ...image,
        label:
          typeof image.label === 'number' ? numberOf(image.label) : image.label.map(numberOf).sort((a, b) => a - b),
      })),
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
