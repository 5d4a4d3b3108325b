// The process in which an engine is tried: whatever it does there, crash or print, harms nobody.
import { messageOf } from '../../study/errors.js';
import { openEngine } from '../open-engine.js';
import { measureEngine } from './measure.js';
import type { ProbeAnswer, ProbeQuestion } from './probe.js';

process.once('message', (question: ProbeQuestion) => {
  void answer(question).then((found) => process.send?.(found, () => process.exit()));
});
process.once('disconnect', () => process.exit());

async function answer({ engine, milliseconds, installation }: ProbeQuestion): Promise<ProbeAnswer> {
  try {
    const opened = await openEngine(engine, installation === undefined ? {} : { installation });
    return { status: 'works', ...(await measureEngine(opened, milliseconds)) };
  } catch (error) {
    return { status: 'missing', reason: messageOf(error) };
  }
}
