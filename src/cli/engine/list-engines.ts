// The engines of this machine: how fast, or why not.
import { surveyGpus } from '../../system/nvidia-smi.js';
import { probeEngine } from '../../engines/probe/probe.js';
import type { Cli } from '../cli.js';
import { formatTable } from '../table.js';
import { type EngineReport, engineSpeeds } from '../setup/engine-speeds.js';

export interface EngineList {
  readonly engines: readonly EngineReport[];
  readonly lines: readonly string[];
}

/** Measures where that was not done; says so. */
export async function listEngines({ terminal: { err } }: Cli, fresh: boolean): Promise<EngineList> {
  const survey = await surveyGpus();
  const engines = await engineSpeeds({
    gpus: survey.status === 'found' ? survey.gpus : [],
    probe: probeEngine,
    onMeasure: () => err.line('measuring the engines of this machine'),
    fresh,
  });
  return { engines, lines: engineLines(engines) };
}

/** A table of those that work, and a line for each of the others. */
export function engineLines(engines: readonly EngineReport[]): string[] {
  const rows = engines.flatMap(({ name, answer }) => {
    if (answer.status === 'missing') return [];
    const { device, speed } = answer;
    return [[name, device, ...[speed?.training, speed?.forward].map(images)]];
  });
  const missing = engines.flatMap(({ name, answer }) =>
    answer.status === 'missing' ? [`${name}: ${answer.reason.replace(/\s*\n\s*/g, ' ')}`] : [],
  );
  return [...formatTable(['engine', 'computes on', 'training', 'forward'], rows), ...missing];
}

function images(perSecond: number | undefined): string {
  if (perSecond === undefined) return 'not measured';
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} images/s`;
}
