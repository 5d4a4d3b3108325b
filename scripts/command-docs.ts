// From the commands' own help to docs/commands.md.
import { runProgram } from '../src/cli/program.js';
import { PLAIN } from '../src/cli/style.js';
import type { Outlet } from '../src/cli/terminal.js';

/** Marks where a command's help stands: `<!-- help: run -->` … `<!-- end -->`. */
const MARKED = /<!-- help: ([\w-]+) -->[^]*?<!-- end -->/g;
const WIDTH = 110;

/** The document with the help of every marked command written anew. */
export async function withHelp(document: string): Promise<string> {
  const texts = new Map<string, string>();
  for (const [, command = ''] of document.matchAll(MARKED)) texts.set(command, await helpOf(command));
  return document.replace(MARKED, (_, command: string) => {
    return `<!-- help: ${command} -->\n\n\`\`\`text\n${texts.get(command)}\n\`\`\`\n\n<!-- end -->`;
  });
}

async function helpOf(command: string): Promise<string> {
  const lines: string[] = [];
  const outlet: Outlet = {
    line: (text = '') => void lines.push(text),
    data: (text) => void lines.push(text),
    replace: () => {},
    style: PLAIN,
    isTerminal: false,
    columns: WIDTH,
  };
  const code = await runProgram([command, '--help'], { out: outlet, err: outlet, bell: () => {}, onClosed: () => {} });
  if (code !== 0) throw new Error(`expected a command with help, got '${command}'`);
  return lines.join('\n').trim();
}
