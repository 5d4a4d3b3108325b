// Who may write the files of a folder that several machines see: whoever a file beside it names.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Claim {
  readonly file: string;
  /** What the file holds for as long as nobody else has taken over. */
  readonly text: string;
}

/** Takes over: whoever has claimed before writes no more. In place, since a network file system shows a new content sooner than a new file. */
export function writeClaim({ file, text }: Claim): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** @throws Error where somebody else has taken over, or the claim is gone. */
export function checkClaim({ file, text }: Claim): void {
  if (read(file) === text) return;
  throw new Error(`expected ${file} to name this attempt, found another one: its files are those of others now`);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
