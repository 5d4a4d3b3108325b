// The NVIDIA GPUs of this machine, as nvidia-smi tells them: memory, load, driver, and who computes on them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Gpu {
  /** As nvidia-smi counts: in the order of the PCI bus. */
  readonly index: number;
  /** Such as 'GPU-5f4a7f2c-…'. */
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
  /** Bytes. Missing where the system does not tell, as where GPU and processor share their memory. */
  readonly memory?: GpuMemory;
  /** Share of the last moment in which something ran on it, in [0, 1], where the system tells. */
  readonly load?: number;
  /** Processes that compute on it. Those of other containers cannot be seen. */
  readonly processes: readonly GpuProcess[];
}

export interface GpuMemory {
  readonly total: number;
  readonly used: number;
  readonly free: number;
}

export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** Bytes, where the system tells. */
  readonly memory?: number;
}

/** What a machine says of its GPUs. `absent` where there is no nvidia-smi; `failed` where it cannot reach the driver, say. */
export type GpuSurvey =
  | { readonly status: 'found'; readonly gpus: readonly Gpu[] }
  | { readonly status: 'absent' }
  | { readonly status: 'failed'; readonly reason: string };

/** Runs a command and resolves to what it prints; rejects as `execFile` does. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string>;

/** A name may hold commas, so it comes last. */
const GPU_FIELDS = 'index,uuid,memory.total,memory.used,memory.free,utilization.gpu,driver_version,name';
const PROCESS_FIELDS = 'gpu_uuid,pid,used_memory,process_name';
const MEBIBYTE = 2 ** 20;
/** What it says, and fails, where there is a driver and no GPU. */
const NO_GPU = /no devices were found/i;
/** Milliseconds. With a broken driver it can hang. */
const PATIENCE = 15_000;

/** Asks nvidia-smi. Never rejects. */
export async function surveyGpus(run: RunCommand = runCommand): Promise<GpuSurvey> {
  try {
    const gpus = await run('nvidia-smi', query('gpu', GPU_FIELDS));
    const processes = await run('nvidia-smi', query('compute-apps', PROCESS_FIELDS)).catch(() => '');
    return { status: 'found', gpus: parseGpus(gpus, processes) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { status: 'absent' };
    const reason = reasonOf(error);
    return NO_GPU.test(reason) ? { status: 'found', gpus: [] } : { status: 'failed', reason };
  }
}

/**
 * @param gpus what `nvidia-smi --query-gpu` prints. @param processes what `--query-compute-apps` prints.
 * @throws TypeError naming a line that is no GPU.
 */
export function parseGpus(gpus: string, processes = ''): Gpu[] {
  const users = linesOf(processes).flatMap(parseProcess);
  return linesOf(gpus).map((line) => {
    const [index, uuid = '', total, used, free, load, driver = '', ...name] = line
      .split(',')
      .map((field) => field.trim());
    if (!/^\d+$/.test(index ?? '') || uuid === '') throw new TypeError(`expected a GPU from nvidia-smi, got '${line}'`);
    const memory = { total: numberOf(total), used: numberOf(used), free: numberOf(free) };
    const percent = numberOf(load);
    return {
      index: Number(index),
      uuid,
      name: name.join(', '),
      driver,
      ...(isKnown(memory) ? { memory: inBytes(memory) } : {}),
      ...(percent === undefined ? {} : { load: percent / 100 }),
      processes: users.filter((user) => user.uuid === uuid).map(({ process }) => process),
    };
  });
}

function query(what: string, fields: string): string[] {
  return [`--query-${what}=${fields}`, '--format=csv,noheader,nounits'];
}

/** Where there are none, some versions say so in words; those lines are left out. */
function parseProcess(line: string): { readonly uuid: string; readonly process: GpuProcess }[] {
  const [uuid = '', pid, memory, ...name] = line.split(',').map((field) => field.trim());
  if (!/^\d+$/.test(pid ?? '')) return [];
  const used = numberOf(memory);
  const process = {
    pid: Number(pid),
    name: name.join(', '),
    ...(used === undefined ? {} : { memory: used * MEBIBYTE }),
  };
  return [{ uuid, process }];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** A number; undefined for '[N/A]', '[Not Supported]' and the like. */
function numberOf(field: string | undefined): number | undefined {
  return field !== undefined && /^\d+(\.\d+)?$/.test(field) ? Number(field) : undefined;
}

function isKnown(memory: { readonly [Name in keyof GpuMemory]: number | undefined }): memory is GpuMemory {
  return Object.values(memory).every((bytes) => bytes !== undefined);
}

function inBytes({ total, used, free }: GpuMemory): GpuMemory {
  return { total: total * MEBIBYTE, used: used * MEBIBYTE, free: free * MEBIBYTE };
}

/** nvidia-smi says what is wrong on its standard output. */
function reasonOf(error: unknown): string {
  const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message?: string };
  const said = [stdout, stderr, message, String(error)].find((text) => (text ?? '').trim() !== '') ?? '';
  return said.trim().split('\n', 1)[0] as string;
}

async function runCommand(command: string, args: readonly string[]): Promise<string> {
  const options = { timeout: PATIENCE, killSignal: 'SIGKILL', windowsHide: true } as const;
  const { stdout } = await promisify(execFile)(command, args, options);
  return stdout;
}
