// How often V8 collects garbage where nearly all memory is in arrays.
import { setFlagsFromString } from 'node:v8';

/** Growth of the heap between two full collections, in percent of what survives one. */
const GROWTH = 300;

/**
 * A training step leaves megabytes of arrays behind (onnxruntime's binding copies every output once more), and V8 collects after some 20 MB
 * of them, each time looking at all objects there are: three times as many seconds as with this growth. Costs up to three times a
 * thread's objects, some 20 MB, in memory. Of the whole process, since V8 has no such setting for one thread.
 */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
