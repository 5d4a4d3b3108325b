// Definitions for tests of what does not read them.
import type { StudyDefinition } from '../../src/study/schema/parse-study.js';
import { recordedDefinition } from '../../src/study/schema/recorded-definition.js';

/** A definition with these parts and defaults for the rest. */
export function definitionOf(parts: Partial<StudyDefinition> = {}): StudyDefinition {
  return recordedDefinition.parse(parts);
}
