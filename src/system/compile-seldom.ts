// How soon V8 makes machine code of a function.
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function has to run first: nine times what Node 20 has by itself. */
const BUDGET = 600_000;

/**
 * Of some 550 functions that V8 compiles in a study of half a minute, in each thread anew, most run for milliseconds; what is worth it gets there soon all
 * the same. To be called before threads start. Of the whole process, and V8 then reads its own modules without its cache, so it is for long sessions.
 */
export function compileSeldom(): void {
  setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
