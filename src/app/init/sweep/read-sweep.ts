// Reads a sweep configuration from a file, YAML or JSON.
import { readFile } from 'node:fs/promises';
import { type Document, LineCounter, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { HpoError, messageOf } from '../../../study/errors.js';
import { type KeptProgram, type SweepText, type SweptStudy, hasProgram, studyFromSweep } from './study-from-sweep.js';

/**
 * @param kept given where the sweep's program is to train, if it has one.
 * @throws HpoError ERR_USAGE where there is no such file, it is no YAML, or no sweep.
 */
export async function readSweep(file: string, kept?: KeptProgram): Promise<SweptStudy> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HpoError('ERR_USAGE', `expected a sweep configuration at --from, got ${messageOf(cause)}`, { cause });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines }); // JSON is YAML
  const [error] = document.errors;
  if (error !== undefined) {
    const problem = error.message.split('\n', 1)[0];
    throw new HpoError('ERR_USAGE', `expected YAML or JSON at ${file}, got ${problem}`, { cause: error });
  }
  const sweep = valueOf(document, file);
  const written: SweepText = {
    lineOf(path) {
      const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
        : undefined;
      const start = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
      return start === undefined ? undefined : lines.linePos(start).line;
    },
    isFloat(path) {
      const node = document.getIn(path, true);
      return isScalar(node) && /[.eE]/.test(node.source ?? '');
    },
  };
  return studyFromSweep(sweep, written, hasProgram(sweep) ? kept : undefined);
}

/** @throws HpoError ERR_USAGE where aliases would make it exponentially long, or refer to nothing. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new HpoError('ERR_USAGE', `expected a sweep configuration at ${file}, got ${messageOf(cause)}`, { cause });
  }
}
