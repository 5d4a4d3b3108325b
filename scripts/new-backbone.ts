// Writes a first description of a backbone, its test and its line in the registry: npm run new-backbone -- tinynet
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const REGISTRY = 'src/backbones/registry.ts';
/** As in study.json: the registry finds names in lower case. */
const NAME = /^[a-z][a-z0-9]*([-.][a-z0-9]+)*$/;

/** Files by path from the project's root, with what is to stand in them. Throws where the name cannot be one. */
export function scaffoldOf(name: string, registry: string): ReadonlyMap<string, string> {
  if (!NAME.test(name)) throw new Error(`expected a name such as tinynet or tinynet-v2, in lower case, got '${name}'`);
  if (registry.includes(`/${name}.js'`)) throw new Error(`expected a new name, got '${name}', which the registry has`);
  const constant = name.replace(/[-.]+(.)/g, (_, letter: string) => letter.toUpperCase());
  return new Map([
    [`src/backbones/architectures/${name}.ts`, descriptionOf(name, constant)],
    [`test/backbones/architectures/${name}.test.ts`, testOf(name, constant)],
    [REGISTRY, registered(registry, name, constant)],
  ]);
}

function descriptionOf(name: string, constant: string): string {
  return `// ${name} (its paper, and where its weights come from).
import type { Backbone, Block } from '../backbone.js';
import { activation, batchNorm, block, conv, merge } from '../layers.js';

/** Two convolutions beside a shortcut; the first may stride. */
function residual(name: string, filters: number, stride: number): Block {
  return block(name, [
    conv(\`\${name}_conv1\`, filters, 3, { stride, bias: false, input: 'input' }),
    batchNorm(\`\${name}_bn1\`),
    activation(\`\${name}_relu1\`, 'relu'),
    conv(\`\${name}_conv2\`, filters, 3, { bias: false }),
    batchNorm(\`\${name}_bn2\`),
    conv(\`\${name}_shortcut\`, filters, 1, { stride, input: 'input' }),
    merge('add', \`\${name}_add\`, [\`\${name}_bn2\`, \`\${name}_shortcut\`]),
    activation(\`\${name}_relu2\`, 'relu'),
  ]);
}

export const ${constant}: Backbone = {
  name: '${name}',
  inputSize: 64,
  minimumSize: 32,
  // A key of PREPROCESSING: what the weights expect of pixels.
  preprocessing: 'tf',
  initialiser: 'he',
  // From the pixels up. A block is what unfreezeDepth counts; end it with its pooling.
  blocks: [
    block('stem', [
      conv('stem_conv', 16, 3, { stride: 2, bias: false }),
      batchNorm('stem_bn'),
      activation('stem_relu', 'relu'),
    ]),
    residual('stage1', 32, 2),
    residual('stage2', 64, 2),
  ],
  // Where there are pre-trained weights: { kind: 'download', url, md5 }. Without them a study names a file, or 'random'.
};
`;
}

function testOf(name: string, constant: string): string {
  return `// ${name}: shapes and costs of the paper, and that it computes.
import { expect, it } from 'vitest';
import { ${constant} } from '../../../src/backbones/architectures/${name}.js';
import { buildForward } from '../../../src/backbones/forward.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { multiplyAccumulates, outputShape } from '../../../src/backbones/shapes.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { RandomStream } from '../../../src/math/random.js';
import { runGraph } from '../run-graph.js';

it('has the output and the cost of the paper', () => {
  expect(outputShape(${constant}, ${constant}.inputSize)).toEqual([8, 8, 64]);
  expect(multiplyAccumulates(${constant}, ${constant}.inputSize).reduce((sum, cost) => sum + cost)).toBeGreaterThan(0);
});

it('computes finite features from random weights', async () => {
  const weights = initialise(${constant}, RandomStream.of('${name}'));
  const size = ${constant}.inputSize;
  const g = new GraphBuilder();
  const output = buildForward(g, ${constant}, {
    from: 0,
    to: ${constant}.blocks.length,
    input: g.input('image', [1, size, size, 3], { role: 'image' }),
    parameters: (parameter) => {
      const { shape, role } = weights.get(parameter)!;
      return g.parameter(parameter, shape, role);
    },
    mode: 'inference',
  });
  g.output('features', output);
  const image = Float32Array.from({ length: size * size * 3 }, (_, i) => Math.sin(i));
  const { outputs } = await runGraph(g, { image }, weights);
  expect(outputs['features']!.every(Number.isFinite)).toBe(true);
  expect(new Set(outputs['features']).size).toBeGreaterThan(64);
});

// With pre-trained weights, compare layers with the model that they come from: see test/backbones/golden.test.ts.
`;
}

function registered(registry: string, name: string, constant: string): string {
  const importLine = `import { ${constant} } from './architectures/${name}.js';\n`;
  const added = registry
    .replace("import type { Backbone } from './backbone.js';\n", (line) => `${importLine}${line}`)
    .replace(/(BACKBONES: readonly Backbone\[\] = \[[^\]]*)\]/, (_, list: string) => `${list}  ${constant},\n]`);
  if (added.length < registry.length + importLine.length + constant.length) {
    throw new Error(`expected imports and the list BACKBONES in ${REGISTRY}, found another form`);
  }
  return added;
}

function write(name: string): void {
  const files = scaffoldOf(name, readFileSync(join(root, REGISTRY), 'utf8'));
  const taken = [...files.keys()].filter((path) => path !== REGISTRY && existsSync(join(root, path)));
  if (taken.length > 0) throw new Error(`expected no ${taken.join(', ')}, found it there`);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(path);
  }
  console.log(`Next: npx vitest run test/backbones/architectures/${name}.test.ts test/backbones/registry.test.ts`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    write(process.argv[2] ?? '');
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
