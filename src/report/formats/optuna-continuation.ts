// How an Optuna journal that an earlier session left is brought to where the study is.

export interface Continuation {
  /** Bytes of the file to keep; what lies behind them, such as a torn last line, is cut off before anything is appended. */
  readonly keep: number;
  /** What is to be appended then. */
  readonly missing: string;
}

/** Operations of study and trial attributes, such as the notes that a person writes in optuna-dashboard. */
const ATTRIBUTES: readonly unknown[] = [2, 3, 8, 9];

/**
 * Keeps what agrees with `expected`, the study's journal so far, and attributes that other programs added to it. Appending alone
 * means that programs which read the file meanwhile, from where they stopped, stay right.
 * @returns undefined where the file is no journal of Optuna's, so that it should be left alone.
 */
export function continuationOf(existing: string, expected: string): Continuation | undefined {
  if (!isJournal(existing, expected)) return undefined;
  let keep = 0;
  let told = 0;
  for (let at = 0; ;) {
    const end = existing.indexOf('\n', at) + 1;
    if (end === 0) break;
    const line = existing.slice(at, end);
    if (expected.startsWith(line, told)) told += line.length;
    else if (!isForeignAttribute(line)) break;
    keep += Buffer.byteLength(line);
    at = end;
  }
  return { keep, missing: expected.slice(told) };
}

/** Also one that was torn in its first line. */
function isJournal(existing: string, expected: string): boolean {
  const end = existing.indexOf('\n');
  if (end < 0) return expected.startsWith(existing);
  return operationOf(existing.slice(0, end)) !== undefined;
}

function isForeignAttribute(line: string): boolean {
  const operation = operationOf(line);
  return operation !== undefined && operation.worker_id !== 'hpo' && ATTRIBUTES.includes(operation.op_code);
}

function operationOf(line: string): { readonly op_code: unknown; readonly worker_id?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line.replaceAll(/:\s*NaN\b/g, ':null'));
    return typeof value === 'object' && value !== null && 'op_code' in value ? value : undefined;
  } catch {
    return undefined;
  }
}
