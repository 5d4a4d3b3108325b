// What this machine says of its engines and GPUs, for the choice of an engine.
import { type Gpu, surveyGpus } from '../../system/nvidia-smi.js';
import { visibleGpus } from '../../system/visible-gpus.js';
import { probeEngine } from '../../trainer/engines/probe/probe.js';
import type { Outlet } from '../terminal.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import type { EngineName } from '../../trainer/engines/engine.js';
import { type ChosenEngine, type EngineSources, chooseEngine } from './choose-engine.js';
import { engineSpeeds } from './engine-speeds.js';
import { thisMachine } from './machine.js';

/** The engine that a study trains on, that it goes on with where it `began`. @throws HpoError ERR_ENGINE. */
export async function chooseEngineFor(
  wanted: ResourcesConfiguration['engine'],
  { began, progress }: { readonly began?: EngineName | undefined; readonly progress?: Outlet } = {},
): Promise<ChosenEngine> {
  return chooseEngine(wanted, engineSources(progress), began);
}

/** @param progress told before the engines are measured. */
function engineSources(progress: Outlet | undefined): EngineSources {
  // Only where engines are compared: nvidia-smi takes its time.
  let surveyed: Promise<readonly Gpu[]> | undefined;
  const gpus = (): Promise<readonly Gpu[]> =>
    (surveyed ??= surveyGpus().then((survey) => (survey.status === 'found' ? survey.gpus : [])));
  const onMeasure = (): void => progress?.line('measuring the engines of this machine, once');
  return {
    check: (name) => probeEngine({ engine: name, milliseconds: 0 }),
    measured: async () => engineSpeeds({ gpus: await gpus(), probe: probeEngine, onMeasure, forChoice: true }),
    cores: thisMachine().cores,
    gpus: async () => visibleGpus([...(await gpus())], process.env['CUDA_VISIBLE_DEVICES']).length,
  };
}
