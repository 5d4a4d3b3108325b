// Reads a sweep configuration from a file, YAML or JSON.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { HpoError, messageOf } from '../../../study/errors.js';
import { type SweptStudy, studyFromSweep } from './study-from-sweep.js';

/** @throws HpoError ERR_USAGE where there is no such file, it is no YAML, or no sweep. */
export async function readSweep(file: string): Promise<SweptStudy> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HpoError('ERR_USAGE', `expected a sweep configuration at --from, got ${messageOf(cause)}`, { cause });
  });
  try {
    return studyFromSweep(parse(text)); // JSON is YAML
  } catch (cause) {
    if (cause instanceof HpoError) throw cause;
    throw new HpoError('ERR_USAGE', `expected YAML or JSON at ${file}, got ${messageOf(cause).split('\n', 1)[0]}`, {
      cause,
    });
  }
}
