// A study in a process of its own whose trials train on workers, to be killed and run again: node controller-process.ts <run folder> <url> <study> <trials>.
import { LiveStudy } from '../../../src/controller/live-study.js';
import { runTrials } from '../../../src/controller/run-trials.js';
import { StudyControl } from '../../../src/controller/study-control.js';
import { RunDirectory } from '../../../src/store/run-directory.js';
import { layoutAt } from '../../../src/store/run-layout.js';
import { JOURNAL_VERSION } from '../../../src/study/events.js';
import { keepAll, randomSampler } from '../../controller/scene.js';
import { definitionOf } from '../../study/definitions.js';
import { openController, studyForWorkers } from './scene.js';

const [folder = '', url = '', id = '', trials = '10'] = process.argv.slice(2);
const run = await RunDirectory.open(layoutAt(folder));
const objective = { metric: 'score', direction: 'maximize' } as const;
const study = new LiveStudy({ objective, store: run.store, events: run.events, place: run.layout.journal });
if (run.events.length === 0) {
  study.record({ type: 'created', version: JOURNAL_VERSION, study: { name: 'remote', definition: definitionOf() } });
}
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const runner = await openController(url, {
  study: studyForWorkers({ id }),
  onNotice: say,
  onPlaced: (numbers, _, { facts }) => say(`placed ${numbers.join()} on ${facts.host}`),
});
const control = new StudyControl();
process.on('SIGTERM', () => control.interrupt());
say('open');
await runner.waitForWorker();
const end = await runTrials({
  ...{ study, sampler: randomSampler, pruner: keepAll, runner, folders: run.trials, control },
  ...{ seed: 3, trials: Number(trials), maxFailuresInARow: 1000 },
});
await runner.close();
await run.close();
say(end.reason);
process.exit(end.reason === 'finished' ? 0 : 1);
