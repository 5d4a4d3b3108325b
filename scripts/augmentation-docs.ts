// From the table of augmentation operations and the named strategies to the tables of docs/augmentation.md.
import { OPERATIONS, type Operation, type OperationSpecification } from '../src/study/augmentation-operations.js';
import { type AugmentationStrategy, PRESETS } from '../src/images/augmentation/strategy.js';

/** The document with the tables between `<!-- operations -->`, `<!-- presets -->` and `<!-- end -->` written anew. */
export function withOperations(document: string): string {
  return fill(fill(document, 'operations', operationTable()), 'presets', presetTable());
}

function fill(document: string, mark: string, table: string): string {
  const marked = new RegExp(`(<!-- ${mark} -->)[^]*?(<!-- end -->)`);
  if (!marked.test(document)) throw new Error(`expected <!-- ${mark} --> … <!-- end -->, got a document without`);
  return document.replace(marked, (_, start: string, end: string) => `${start}\n\n${table}\n\n${end}`);
}

function operationTable(): string {
  const rows = Object.entries<OperationSpecification>(OPERATIONS).flatMap(([type, { description, parameters }]) => {
    const own = Object.entries(parameters).map(([name, parameter]) => [
      `\`${name}\``,
      `${parameter.limits[0]} … ${parameter.limits[1]}`,
      `[${parameter.default.join(', ')}]`,
      parameter.description,
    ]);
    const [first = ['', '', '', ''], ...others] = own;
    return [[`\`${type}\``, description, ...first], ...others.map((cells) => ['', '', ...cells])];
  });
  return rowsOf(['operation', 'effect', 'parameter', 'limits', 'default', 'meaning'], rows);
}

function presetTable(): string {
  const rows = Object.entries<AugmentationStrategy>(PRESETS).map(([name, { operations }]) => [
    `\`${name}\``,
    operations.length === 0 ? 'the original image' : operations.map(inWords).join(', '),
  ]);
  return rowsOf(['strategy', 'operations'], rows);
}

function inWords({ type, probability, ...ranges }: Operation): string {
  const words = Object.entries(ranges as Record<string, readonly number[]>).map(
    ([name, range]) => `${name} ${range.join(' … ')}`,
  );
  const chance = probability < 1 ? [`${probability * 100} %`] : [];
  const all = [...words, ...chance];
  return all.length === 0 ? type : `${type} (${all.join(', ')})`;
}

function rowsOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
