// What this machine says of its engines and GPUs, for the choice of an engine.
import { surveyGpus } from '../../system/nvidia-smi.js';
import { visibleGpus } from '../../system/visible-gpus.js';
import { probeEngine } from '../../trainer/engines/probe/probe.js';
import type { Outlet } from '../terminal.js';
import type { EngineSources } from './choose-engine.js';
import { engineSpeeds } from './engine-speeds.js';
import { thisMachine } from './machine.js';

/** @param progress told before the engines are measured. */
export async function engineSources(progress?: Outlet): Promise<EngineSources> {
  const survey = await surveyGpus();
  const gpus = survey.status === 'found' ? survey.gpus : [];
  const onMeasure = (): void => progress?.line('measuring the engines of this machine, once');
  return {
    check: (name) => probeEngine({ engine: name, milliseconds: 0 }),
    measured: () => engineSpeeds({ gpus, probe: probeEngine, onMeasure }),
    cores: thisMachine().cores,
    gpus: visibleGpus(gpus, process.env['CUDA_VISIBLE_DEVICES']).length,
  };
}
