// hpo backbones: which pre-trained networks there are, and the blocks of one.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { formatCount, formatTable } from '../format.js';

export function addBackbonesCommand(program: Command, cli: Cli): void {
  program
    .command('backbones')
    .description('list the backbones, or the blocks of one')
    .argument('[name]', 'a backbone: lists its blocks, for unfreezeDepth')
    .option('--json', 'as JSON')
    .action((name: string | undefined, options: { readonly json?: boolean }) =>
      backbones(cli, name, options.json === true),
    );
}

async function backbones(cli: Cli, name: string | undefined, json: boolean): Promise<void> {
  const { BACKBONES, getBackbone } = await import('../../trainer/backbones/registry.js');
  const { describeBackbone } = await import('../views/backbone-summary.js');
  const { out } = cli.terminal;
  if (name === undefined) {
    const all = BACKBONES.map((backbone) => describeBackbone(backbone));
    if (json) return writeJson(cli, all);
    const rows = all.map(({ name, inputSize, blocks, parameters, multiplyAccumulates, embedded }) => [
      name,
      String(inputSize),
      String(blocks.length),
      formatCount(parameters),
      formatCount(multiplyAccumulates),
      embedded ? 'in the package' : 'a file of yours',
    ]);
    printTable(['backbone', 'pixels', 'blocks', 'parameters', 'multiply-adds', 'weights'], rows);
    out.line();
    out.line('hpo backbones <name> lists the blocks of one.');
    return;
  }
  const summary = describeBackbone(getBackbone(name));
  if (json) return writeJson(cli, summary);
  out.line(`${out.style.bold(summary.name)}, ${summary.inputSize} px`);
  if (summary.embedded) out.line('Weights: in the package.');
  else
    out.line(`Weights: a file that backbone.weights names${summary.url === null ? '' : `, such as ${summary.url}`}.`);
  out.line('unfreezeDepth d trains the blocks from the top down to the row of that depth.');
  out.line();
  const rows = summary.blocks.map((block, i) => [
    String(summary.blocks.length - i),
    block.name,
    block.output.join('×'),
    formatCount(block.parameters),
    formatCount(block.multiplyAccumulates),
  ]);
  printTable(['depth', 'block', 'output', 'parameters', 'multiply-adds'], rows.reverse());

  function printTable(header: string[], rows: string[][]): void {
    const [first = '', ...lines] = formatTable(header, rows);
    out.line(out.style.dim(first));
    for (const line of lines) out.line(line);
  }
}
