// The labels of a table as numbers: which spellings are one label, and which are suspicious.
import type { HpoError } from '../../study/errors.js';
import { must } from '../../system/must.js';
import { byCodeUnit } from '../indexing/image-index.js';
import type { TablePlace } from './table-reader.js';

/** Reports hold a table of classes × classes for every epoch. */
const MAX_CLASSES = 2000;
/** Spellings that warnings name. */
const NAMED = 10;
/** More numbers than these that are not whole are no names. */
const FEW_NUMBERS = 10;
/** So many whole numbers with gaps between them may be quantities. */
const MANY_NUMBERS = 20;

/** The labels of a table as numbers, in order of appearance. */
export class LabelNames {
  /** By every spelling. */
  private readonly known = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly lines: number[] = [];
  private readonly byCase = new Map<string, number>();
  private readonly warnings: string[] = [];

  constructor(
    private readonly place: TablePlace,
    private readonly column: string | undefined,
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
    const hint = this.areNumbers
      ? 'numbers to predict (regression) are not supported'
      : 'is it a column of labels? data.columns.label names another';
    const expected = `expected at most ${MAX_CLASSES} different labels, got one more, '${label}'`;
    return this.place.error(`${expected}: ${hint}`, line, this.column);
  }

  private get areNumbers(): boolean {
    return this.names.every((name) => Number.isFinite(Number(name)));
  }

  /**
   * The names in order, and the place of each number in that order.
   * @throws HpoError ERR_DATA where they are quantities.
   */
  finish(): { classes: readonly string[]; numbers: readonly number[]; warnings: readonly string[] } {
    const quantities = this.areNumbers ? this.quantities() : [];
    const classes = [...this.names].sort(byCodeUnit);
    const places = new Map(classes.map((name, place) => [name, place]));
    const numbers = this.names.map((name) => must(places.get(name), 'a class'));
    return { classes, numbers, warnings: [...this.warnings, ...quantities] };
  }

  /** Numbers are names of classes where they number them. @throws HpoError ERR_DATA where they measure something. */
  private quantities(): string[] {
    const values = this.names.map(Number);
    const broken = values.findIndex((value) => !Number.isInteger(value));
    if (broken >= 0 && values.length > FEW_NUMBERS) {
      const got = `${values.length} different numbers such as '${this.at(broken)}'`;
      const advice = 'numbers to predict (regression) and ordered classes are not supported';
      throw this.place.error(`expected names of classes, got ${got}: ${advice}`, this.lines[broken], this.column);
    }
    const isCount = Math.max(...values) - Math.min(...values) === values.length - 1;
    if (broken >= 0 || isCount || values.length <= MANY_NUMBERS) return [];
    return [
      `${this.place.at(undefined, this.column)}: ${values.length} different whole numbers are taken as names of classes; hpo does not predict numbers (regression), and knows no order of classes`,
    ];
  }
}
