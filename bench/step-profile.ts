// Where the time of a training step goes, by operator of onnxruntime, on one thread, from cached features: its own profile.
// Run: npx tsx bench/step-profile.ts [backbone …] [--depth <blocks>|all] [--steps <number>] [--top <number>] [--memory]
// --top also lists the operators with the largest times, with the shapes of their inputs and outputs.
// --memory instead compares steps that keep their memory with steps that take it anew: processor time, in turns.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { blockSizeOf } from '../src/engines/onnx/block-size.js';
import { lowerToOnnx, portName } from '../src/graph/onnx/lower.js';
import { laidOutShape, layoutOf, transposed } from '../src/graph/onnx/layout.js';
import { must } from '../src/system/must.js';
import { type Step, tailStep } from './support/tail-step.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    depth: { type: 'string', default: 'all' },
    steps: { type: 'string', default: '5' },
    top: { type: 'string', default: '0' },
    memory: { type: 'boolean', default: false },
  },
});
const STEPS = Number(values.steps);

/** Of onnxruntime's profile. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly node_index?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

interface Program {
  readonly model: Uint8Array;
  readonly given: Readonly<Record<string, Tensor>>;
}

for (const name of positionals.length > 0
  ? positionals
  : ['squeezenet1.1', 'mobilenetv2', 'resnet50', 'efficientnetb0']) {
  const depth = values.depth === 'all' ? 'all' : Number(values.depth);
  const program = await lower(tailStep(name, depth, 224, 16));
  if (values.memory) await compareMemory(name, program);
  else show(name, await profile(program));
}

async function lower({ graph, state, feeds }: Step): Promise<Program> {
  const { model, ports } = lowerToOnnx(graph, 'cpu', await blockSizeOf('cpu'));
  const given: Record<string, Tensor> = {};
  graph.inputs.forEach(({ name, type }, i) => {
    given[portName.input(name)] = new Tensor(type, must(feeds[name], name), must(ports.inputs[i], name).shape);
  });
  for (const { name } of graph.parameters) {
    const entry = must(state.get(name), name);
    const data = transposed(entry.data, entry.shape, layoutOf(entry));
    given[portName.parameter(name)] = new Tensor('float32', data, laidOutShape(entry));
  }
  return { model, given };
}

function open(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const settings = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
  } as const;
  return InferenceSession.create(model, { ...settings, ...options });
}

async function compareMemory(name: string, { model, given }: Program): Promise<void> {
  const sessions = [await open(model, { enableCpuMemArena: false }), await open(model, { enableCpuMemArena: true })];
  const least = [Infinity, Infinity];
  for (let step = 0; step <= STEPS; step++) {
    for (const [i, session] of sessions.entries()) {
      const begin = process.cpuUsage();
      await session.run(given);
      const { user, system } = process.cpuUsage(begin);
      if (step > 0) least[i] = Math.min(least[i] ?? Infinity, (user + system) / 1000);
    }
  }
  const [anew = NaN, kept = NaN] = least;
  console.log(
    `${name}, depth ${values.depth}: ${anew.toFixed(0)} ms of processor time with memory taken anew, ${kept.toFixed(0)} kept (${(anew / kept).toFixed(2)})`,
  );
  for (const session of sessions) await session.release();
}

async function profile({ model, given }: Program): Promise<ProfileEvent[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hpo-profile-'));
  try {
    const session = await open(model, { enableProfiling: true, profileFilePrefix: join(folder, 'step') });
    for (let i = 0; i <= STEPS; i++) await session.run(given);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return JSON.parse(await readFile(join(folder, must(file, 'a profile')), 'utf8')) as ProfileEvent[];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function show(name: string, events: readonly ProfileEvent[]): void {
  const runs = events.filter(({ cat, name: event }) => cat === 'Node' && event.endsWith('_kernel_time'));
  // The least of all steps for each node: others on the machine count as little as may be.
  const single = runs.length / (STEPS + 1);
  const measured = runs.slice(0, single).map((event, i) => {
    const times = Array.from(
      { length: STEPS },
      (_, step) => must(runs[(step + 1) * single + i], 'as many nodes in each step').dur,
    );
    return { ...event, dur: Math.min(...times) };
  });
  const total = measured.reduce((sum, { dur }) => sum + dur, 0);
  console.log(`${name}, depth ${values.depth}: ${(total / 1000).toFixed(1)} ms/step`);
  const byOperator = sums(measured, ({ args }) => args.op_name ?? '?');
  for (const [operator, { time, count }] of byOperator) {
    if (time < total / 200) continue;
    console.log(
      `  ${(time / 1000).toFixed(1).padStart(8)} ms ${((100 * time) / total).toFixed(1).padStart(5)} %  ${operator} × ${count}`,
    );
  }
  const shapes = (list: ProfileEvent['args']['input_type_shape']): string =>
    (list ?? []).map((one) => `[${Object.values(one).join()}]`).join(' ');
  const top = [
    ...sums(
      measured,
      ({ args }) => `${args.op_name} ${shapes(args.input_type_shape)} → ${shapes(args.output_type_shape)}`,
    ),
  ];
  for (const [operator, { time, count }] of top.slice(0, Number(values.top))) {
    console.log(`  ${(time / 1000).toFixed(1).padStart(8)} ms  × ${count}  ${operator}`);
  }
}

function sums(
  events: readonly ProfileEvent[],
  keyOf: (event: ProfileEvent) => string,
): [string, { time: number; count: number }][] {
  const sums = new Map<string, { time: number; count: number }>();
  for (const event of events) {
    const key = keyOf(event);
    const { time, count } = sums.get(key) ?? { time: 0, count: 0 };
    sums.set(key, { time: time + event.dur, count: count + 1 });
  }
  return [...sums].sort(([, a], [, b]) => b.time - a.time);
}
