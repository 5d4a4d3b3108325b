// Runs several studies in one process, side by side, so that one kill hits all of them. Arguments: the built program, options of each run as
// a list in JSON, then study files.
import { URL } from 'node:url';

const [program, options, ...files] = process.argv.slice(2);
const { runProgram } = await import(program);
const { PLAIN } = await import(new URL('style.js', program).href);

process.setMaxListeners(0);
await Promise.all(
  files.map(async (file, number) => {
    const lines = [];
    const outlet = {
      line: (text = '') => void lines.push(text),
      data: (text) => void lines.push(text),
      replace: () => {},
      style: PLAIN,
      isTerminal: false,
      columns: 80,
    };
    const terminal = { out: outlet, err: outlet, bell: () => {}, onClosed: () => {} };
    const code = await runProgram(['run', file, '--plain', ...JSON.parse(options)], terminal);
    process.stdout.write(`${JSON.stringify({ number, code, printed: lines.join('\n') })}\n`);
  }),
);
process.exit();
