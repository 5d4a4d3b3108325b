// Collects the lines of the PyTorch program that a graph is lowered to. Equal expressions are computed once.
import type { GraphNode, Value } from '../graph.js';
import type { Role } from '../host-tensor.js';

/** What a program reads besides its inputs and the state; `C[i]` in its text. */
export interface TorchConstant {
  readonly shape: readonly number[];
  readonly role: Role;
  /** Int32Array: indices. */
  readonly data: Float32Array | Int32Array;
}

/** A line of the program and the variables that it makes. */
interface Line {
  readonly names: readonly string[];
  readonly expression: string;
}

const VARIABLE = /\bv\d+\b/g;

/**
 * Every array has its canonical shape, whatever its strides: images are [batch, height, width, channels], so that `nchw` of one is what
 * PyTorch calls channels_last, without a copy. A scalar constant is a number in the text.
 */
export class TorchEmitter {
  readonly constants: TorchConstant[] = [];
  readonly lines: Line[] = [];
  private readonly known = new Map<string, readonly string[]>();
  private readonly channelsFirst = new Map<string, string>();
  private readonly aliases = new Set<string>();
  private counter = 0;

  /** `readers` lists the nodes of the program that read a value. */
  constructor(readonly readers: (value: Value) => readonly GraphNode[]) {}

  /** A variable that holds what the expression gives; the same for the same expression. */
  emit(expression: string): string {
    return this.emitMany(expression, 1)[0] ?? expression;
  }

  /** The same for an expression that gives several. */
  emitMany(expression: string, count: number): readonly string[] {
    const known = this.known.get(expression);
    if (known !== undefined) return known;
    const names = Array.from({ length: count }, () => `v${this.counter++}`);
    this.lines.push({ names, expression });
    this.known.set(expression, names);
    return names;
  }

  /** An expression that may give part of the memory of what it reads. */
  view(expression: string): string {
    const name = this.emit(expression);
    this.aliases.add(name);
    return name;
  }

  /** Whether a variable may share memory with an input, an entry of the state or a constant. */
  isAlias(name: string): boolean {
    return this.aliases.has(name) || name.startsWith('C[') || isNumber(name);
  }

  /** An image as [batch, channels, height, width]. */
  nchw(image: string): string {
    return this.channelsFirst.get(image) ?? this.view(`${image}.permute(0, 3, 1, 2)`);
  }

  /** What PyTorch gives as [batch, channels, height, width], as an image. */
  nhwc(result: string): string {
    const image = this.view(`${result}.permute(0, 2, 3, 1)`);
    this.channelsFirst.set(image, result);
    return image;
  }

  constant(data: TorchConstant['data'], shape: readonly number[], role: Role = 'plain'): string {
    this.constants.push({ shape, role, data });
    return `C[${this.constants.length - 1}]`;
  }

  /** An array, also where a scalar constant stands in the text. */
  tensor(name: string): string {
    return isNumber(name) ? this.emit(`torch.full((), ${name}, device=device)`) : name;
  }
}

/** A number as Python writes floats. */
export function number(value: number): string {
  if (Number.isNaN(value)) return "float('nan')";
  if (!Number.isFinite(value)) return value > 0 ? "float('inf')" : "float('-inf')";
  const text = String(value);
  if (Object.is(value, -0)) return '(-0.0)';
  const float = Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
  return value < 0 ? `(${float})` : float;
}

/** Whether an operand is a number in the text. */
export function isNumber(name: string): boolean {
  return /^\(?-?(\d|float)/.test(name);
}

/** A list of integers as Python writes tuples. */
export function tuple(list: readonly number[]): string {
  return `(${list.map((item) => `${item},`).join(' ')})`;
}

interface BodyOptions {
  readonly indentation: string;
  /** Of `with`: what surrounds the first lines, and how many these are. */
  readonly context: readonly string[];
  readonly contextLines: number;
  /** What the function returns. */
  readonly result: string;
}

/** The body of a function of these lines. Each variable is deleted after the line that reads it last, so that its memory is free for what follows. */
export function textOf(lines: readonly Line[], { indentation, context, contextLines, result }: BodyOptions): string[] {
  const last = new Map<string, number>();
  const read = (expression: string, line: number): void => {
    for (const [name] of expression.matchAll(VARIABLE)) last.set(name, line);
  };
  lines.forEach(({ names, expression }, i) => {
    for (const name of names) last.set(name, i);
    read(expression, i);
  });
  read(result, lines.length);
  const freed = new Map<number, string[]>();
  for (const [name, i] of last) freed.set(i, [...(freed.get(i) ?? []), name]);
  const text = lines.flatMap(({ names, expression }, i) => {
    const free = freed.get(i);
    const inner = i < contextLines ? indentation.repeat(2) : indentation;
    const line = `${inner}${names.join(', ')} = ${expression}`;
    return free === undefined ? [line] : [line, `${inner}del ${free.join(', ')}`];
  });
  return [
    ...(contextLines > 0 ? [`${indentation}with ${context.join(', ')}:`] : []),
    ...text,
    `${indentation}return ${result}`,
  ];
}
