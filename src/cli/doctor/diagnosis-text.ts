// What hpo doctor found, for people.
import type { GpuSurvey } from '../../system/nvidia-smi.js';
import { waitingFor } from '../../images/preparation-wait.js';
import { counted, formatBytes, formatPercent } from '../../system/format.js';
import { formatTable } from '../table.js';
import { engineLines } from '../engine/engine-lines.js';
import type { Style } from '../style.js';
import type { CacheState, Diagnosis } from '../../app/examine-machine.js';
import { commandName } from '../../system/command-name.js';

export function diagnosisLines(diagnosis: Diagnosis, style: Style): string[] {
  const { processor, cache, weights, tensorflow, torch } = diagnosis;
  const section = (title: string, lines: readonly string[]): string[] => [
    style.bold(title),
    ...lines.map(indented),
    '',
  ];
  const found = weights.filter(({ place }) => place === 'package' || place === 'downloaded');
  const others = weights.filter(({ place }) => place === 'download').map(({ backbone }) => backbone);
  return [
    ...section('machine', [
      `hpo ${diagnosis.hpo}, Node ${diagnosis.node}, ${diagnosis.platform}`,
      `${counted(processor.cores, 'core')}, ${processor.model}; ${formatBytes(diagnosis.memory)} of memory`,
      ...gpuLines(diagnosis.gpus),
    ]),
    ...section('engines', [
      ...engineLines(diagnosis.engines),
      ...preparationLines(diagnosis),
      ...(torch === null ? [] : [torchLine(torch)]),
      ...(tensorflow === null ? [] : [`TensorFlow ${tensorflow.tensorflow} built into ${tensorflow.folder}`]),
    ]),
    ...section('cache', cacheLines(cache)),
    ...section('weights', [
      `found: ${found.map(({ backbone }) => backbone).join(', ') || 'none'}`,
      ...(others.length === 0 ? [] : [`\`${commandName()} backbones pull\` downloads ${others.join(', ')}`]),
    ]),
    diagnosis.canRun ? 'A study can run here.' : style.red(whyNot(diagnosis)),
  ];
}

function gpuLines(survey: GpuSurvey): string[] {
  if (survey.status === 'absent') return ['no NVIDIA GPU: nvidia-smi was not found'];
  if (survey.status === 'failed') return [`nvidia-smi fails: ${survey.reason}`];
  if (survey.gpus.length === 0) return ['no NVIDIA GPU'];
  const rows = survey.gpus.map(({ index, name, memory, driver, processes }) => [
    `GPU ${index}`,
    name,
    memory === undefined ? '' : `${formatBytes(memory.free)} of ${formatBytes(memory.total)} free`,
    `driver ${driver}`,
    processes.length === 0 ? '' : `used by ${counted(processes.length, 'process', 'processes')}`,
  ]);
  return formatTable(['', '', '', '', ''], rows).slice(1);
}

/** How fast images come, and how long GPUs would wait for them. */
function preparationLines({ preparation, engines, processor: { cores } }: Diagnosis): string[] {
  if (preparation === undefined) return ['sharp is missing, or does not load here: no image can be read'];
  const { decoded, augmented } = preparation;
  const each = `a core decodes ${Math.round(decoded)} photographs and augments ${Math.round(augmented)} images of 224 pixels a second`;
  const waiting = engines.flatMap(({ name, answer }) => {
    if (answer.status === 'missing' || answer.device === 'cpu' || answer.speed === undefined) return [];
    const share = waitingFor(preparation, cores, answer.speed.forward);
    if (share === 0) return [`${name} does not wait for images that are seen for the first time`];
    return [
      `${name} waits ${formatPercent(share)} of the time for images that are seen for the first time: ${counted(cores, 'core')} cannot prepare as many as its GPU takes`,
    ];
  });
  return [each, ...waiting];
}

function cacheLines({ folder, writable, parts, free }: CacheState): string[] {
  const sizes = Object.entries(parts).map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
  const disk = free === undefined ? '' : `; ${formatBytes(free)} free on its disk`;
  return [`${folder}${writable ? '' : ' cannot be written'}`, `${sizes.join(', ') || 'empty'}${disk}`];
}

function whyNot({ cache, preparation }: Diagnosis): string {
  if (preparation === undefined) return 'No study can run here: sharp is missing. `npm install sharp` installs it.';
  if (cache.writable) return 'No study can run here: no engine works.';
  return `No study can run here: ${cache.folder} cannot be written; set HPO_CACHE to a folder that can.`;
}

function indented(line: string): string {
  return `  ${line}`;
}

function torchLine({ python, version, accelerator }: NonNullable<Diagnosis['torch']>): string {
  const made = { cuda: "NVIDIA's GPUs", rocm: "AMD's GPUs", mps: "Apple's GPUs" };
  return `PyTorch ${version} of ${python}, for ${accelerator === undefined ? 'processors' : made[accelerator]}`;
}
