// The problems of a study file, one line each.
import { parseStudy } from '../../../src/study/schema/parse-study.js';

/** Empty where the file is valid. */
export function problemsIn(file: unknown): string[] {
  try {
    parseStudy(JSON.stringify(file), 'study.json', 'x');
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}
