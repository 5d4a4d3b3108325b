// What this machine says of its engines and GPUs, for the choice of an engine.
import { type Gpu, surveyGpus } from '../../system/nvidia-smi.js';
import { visibleGpus } from '../../system/visible-gpus.js';
import { type ProbeAnswer, type ProbeQuestion, probeEngine } from '../../engines/probe/probe.js';
import type { Outlet } from '../terminal.js';
import type { Meanwhile } from './beside-indexing.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import type { EngineName } from '../../engines/engine.js';
import { type ChosenEngine, type EngineSources, chooseEngine } from './choose-engine.js';
import { engineSpeeds } from './engine-speeds.js';
import { thisMachine } from './machine.js';

export interface ChoiceOptions {
  /** The engine that the study began on. */
  readonly began?: EngineName | undefined;
  /** Told before the engines are measured. */
  readonly progress?: Outlet;
  /** What goes on at the same time. */
  readonly meanwhile?: Meanwhile;
}

/** The engine that a study trains on, that it goes on with where it `began`. @throws HpoError ERR_ENGINE. */
export async function chooseEngineFor(
  wanted: ResourcesConfiguration['engine'],
  { began, ...options }: ChoiceOptions = {},
): Promise<ChosenEngine> {
  return chooseEngine(wanted, engineSources(options), began);
}

function engineSources({ progress, meanwhile }: Omit<ChoiceOptions, 'began'>): EngineSources {
  const probe = (question: ProbeQuestion): Promise<ProbeAnswer> => probeEngine(question, meanwhile?.signal);
  // Only where engines are compared: nvidia-smi takes its time.
  let surveyed: Promise<readonly Gpu[]> | undefined;
  const gpus = (): Promise<readonly Gpu[]> =>
    (surveyed ??= surveyGpus().then((survey) => (survey.status === 'found' ? survey.gpus : [])));
  const onMeasure = async (): Promise<void> => {
    await meanwhile?.quiet();
    progress?.line('measuring the engines of this machine, once');
  };
  return {
    check: (name) => probe({ engine: name, milliseconds: 0 }),
    measured: async () => engineSpeeds({ gpus: await gpus(), probe, onMeasure, forChoice: true }),
    cores: thisMachine().cores,
    gpus: async () => visibleGpus([...(await gpus())], process.env['CUDA_VISIBLE_DEVICES']).length,
  };
}
