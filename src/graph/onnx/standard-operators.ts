// Operators of onnxruntime alone as those of the standard, for files that other programs read too.
import type { OnnxConstant, OnnxGraph, OnnxNode } from './emitter.js';

/** Exchanges rows and columns of several matrices. */
const TURNED = [0, 2, 1];
const SCALARS = { one: 1, half: 0.5, root: Math.SQRT1_2 } as const;

/** The same graph without the domain com.microsoft. */
export function withStandardOperators(graph: OnnxGraph): OnnxGraph {
  const nodes = graph.nodes.flatMap((node) => (node.domain === '' ? [node] : standardNodes(node)));
  const isGelu = graph.nodes.some(({ opType, domain }) => opType === 'Gelu' && domain !== '');
  const scalars = Object.entries(SCALARS).map(([name, value]): OnnxConstant => {
    return { name: scalarName(name), shape: [], data: Float32Array.of(value) };
  });
  return { ...graph, nodes, constants: isGelu ? [...graph.constants, ...scalars] : graph.constants };
}

function scalarName(name: string): string {
  return `gelu_${name}`;
}

function standardNodes(node: OnnxNode): readonly OnnxNode[] {
  switch (node.opType) {
    case 'FusedMatMul':
      return product(node);
    case 'Gelu':
      return gelu(node);
    default:
      throw new Error(`expected a standard operator or one with a standard form, got ${node.domain} ${node.opType}`);
  }
}

/** The standard product cannot transpose. */
function product({ inputs, outputs, attributes: { transA, transB } }: OnnxNode): OnnxNode[] {
  const output = outputs.join();
  const sides = [transA, transB].map((flag) => flag === 1);
  const names = inputs.map((name, i) => (sides[i] === true ? `${output}/turned_${i}` : name));
  const turns = inputs.flatMap((name, i) =>
    sides[i] === true ? [operator('Transpose', [name], names[i] ?? name, { perm: TURNED })] : [],
  );
  return [...turns, operator('MatMul', names, output)];
}

/** x · (1 + erf(x / √2)) / 2 */
function gelu({ inputs, outputs }: OnnxNode): OnnxNode[] {
  const [x, y] = [inputs.join(), outputs.join()];
  const [scaled, erf, risen, doubled] = [`${y}/scaled`, `${y}/erf`, `${y}/risen`, `${y}/doubled`];
  return [
    operator('Mul', [x, scalarName('root')], scaled),
    operator('Erf', [scaled], erf),
    operator('Add', [erf, scalarName('one')], risen),
    operator('Mul', [x, risen], doubled),
    operator('Mul', [doubled, scalarName('half')], y),
  ];
}

function operator(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode {
  return { opType, domain: '', inputs, outputs: [output], attributes };
}
