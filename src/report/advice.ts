// What to do next, each piece of advice with what it rests on.
import { BACKBONES } from '../backbones/registry.js';
import type { Domain } from '../study/parameters.js';
import { isTrainingField, trainingFields } from '../study/schema/training-schema.js';
import { isContinuous, valueCount } from '../study/space/unit.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { plannedTrials } from '../study/planned-trials.js';
import { SearchSpace } from '../study/space.js';
import type { Trial } from '../study/trial.js';
import { type WinnerEvaluation, imagesOfObjective } from './winner-evaluation.js';
import type { ReportInput } from './report-input.js';
import { countStates, searchTrials } from './search-trials.js';
import { transferOf } from './transfer.js';
import { counted, listed, formatMetric, formatScalar } from '../system/format.js';
import { ownValue } from '../system/own.js';
import { byRank } from '../study/folds.js';
import { type Objective } from '../study/objective.js';

/** Most important first. */
export function advise(input: ReportInput, evaluation: WinnerEvaluation): string[] {
  const rules = [unfinished, worseThanScratch, failures, edges, stillRising, stillImproving, noise];
  return rules.flatMap((rule) => rule(input, evaluation) ?? []);
}

function unfinished({ definition, history }: ReportInput): string | undefined {
  const { completed, pruned, failed } = countStates(searchTrials(history));
  const total = plannedTrials(definition);
  const left = total - completed - pruned - failed;
  if (left <= 0) return undefined;
  return `The study is not finished: ${left} of ${counted(total, 'trial')} remain. Run it again to continue.`;
}

function worseThanScratch({ history }: ReportInput, evaluation: WinnerEvaluation): string | undefined {
  const transfer = transferOf(history, evaluation);
  if (transfer === undefined || transfer.pays) return undefined;
  const how = transfer.gain > 0 ? 'within chance of the best trial' : 'as good as the best trial or better';
  return `Transfer does not help here: the same configuration from random weights reaches ${formatMetric(transfer.value)}, ${how}. In a new study, try a backbone that was trained on images more like yours, or unfreeze more blocks if there are any.`;
}

const MANY_FAILURES = 0.1;

function failures({ history }: ReportInput): string | undefined {
  const trials = searchTrials(history);
  const failed = trials.filter(({ state }) => state === 'failed');
  if (failed.length === 0 || failed.length < MANY_FAILURES * trials.length) return undefined;
  const kinds = new Map<string, number>();
  for (const { outcome } of failed) {
    if (outcome?.status === 'failed') kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
  }
  const words = [...kinds].map(([kind, count]) => `${count} ${kind}`);
  return `${counted(failed.length, 'trial')} failed (${listed(words)}). A new study can leave that part of the space out; this one can only be widened.`;
}

/** How near to an end of its range, of the unit interval, and in how many of the leading trials. */
const EDGE = 0.06;
const LEADERS = 5;

function edges({ definition, history }: ReportInput, { trial }: WinnerEvaluation): string[] {
  const space = new SearchSpace(definition.space);
  const leaders = leading(searchTrials(history), history.objective);
  if (leaders.length < LEADERS) return [];
  return space.names.flatMap((name, i) => {
    const domain = ownValue(definition.space, name);
    if (domain === undefined || domain.type === 'choice') return [];
    const at = (one: Trial): number => (space.contains(one.parameters) ? space.encode(one.parameters)[i]! : NaN);
    const isLow = (u: number): boolean => (isContinuous(domain) ? u < EDGE : u < 1 / valueCount(domain));
    const isHigh = (u: number): boolean => isLow(1 - u);
    const value = ownValue(trial.parameters, name);
    for (const [isThere, end, bound] of [
      [isLow, 'lower', domain.min],
      [isHigh, 'upper', domain.max],
    ] as const) {
      if (value === undefined || !isThere(at(trial)) || leaders.filter((one) => isThere(at(one))).length < 3) continue;
      if (!hasRoom(definition, name, domain, end)) continue;
      return [
        `${name} is ${formatScalar(value)} in the best trial. Most leading trials are also at the ${end} end of its range (${formatScalar(bound)}). Widen the range there.`,
      ];
    }
    return [];
  });
}

/** Whether values beyond this end of the range mean anything: a share ends before 1, and a backbone has so many blocks. */
function hasRoom(
  { trainer, backbone, space }: StudyDefinition,
  name: string,
  { type, min, max, scale }: Exclude<Domain, { readonly type: 'choice' }>,
  end: 'lower' | 'upper',
): boolean {
  if (trainer !== undefined || !isTrainingField(name)) return true;
  const next = type === 'int' ? 1 : scale === 'log' ? 0.01 * (end === 'upper' ? max : min) : 0.01 * (max - min);
  const beyond = end === 'upper' ? max + next : min - next;
  if (!trainingFields[name].safeParse(beyond).success) return false;
  if (name !== 'unfreezeDepth' || space['backbone'] !== undefined || backbone?.name === undefined) return true;
  // Of a model file the blocks are not known here: no advice is better than a wrong one.
  return beyond <= (BACKBONES.find((one) => one.name === backbone.name)?.blocks.length ?? 0);
}

function leading(trials: readonly Trial[], objective: Objective): Trial[] {
  return trials
    .filter(({ best, outcome }) => best !== undefined && outcome !== undefined && outcome.status !== 'failed')
    .sort(byRank(objective))
    .slice(0, LEADERS);
}

function stillRising({ definition }: ReportInput, { trial }: WinnerEvaluation): string | undefined {
  const epochs = epochsOf(definition, trial);
  if (epochs === undefined || trial.best?.epoch !== epochs || epochs < 2) return undefined;
  const how = howToTrainLonger(definition, epochs);
  return `The best trial reached its best value in its last epoch (${epochs}). Longer training may give more: ${how}.`;
}

/** What a study takes that has trials: a wider domain, but no other fixed value. */
function howToTrainLonger({ space, trainer }: StudyDefinition, epochs: number): string {
  const domain = space['epochs'];
  if (domain === undefined) {
    return trainer === undefined ? 'start a new study with more training.epochs' : 'start a new study with more epochs';
  }
  const most = domain.type === 'choice' ? Math.max(...domain.values.map(Number)) : domain.max;
  if (epochs < most) return `the space allows up to ${most} epochs`;
  return trainer !== undefined || trainingFields.epochs.safeParse(most + 1).success
    ? 'widen space.epochs'
    : `${most} are the most that a trial can have`;
}

function epochsOf({ training }: StudyDefinition, { parameters }: Trial): number | undefined {
  const own = parameters['epochs'];
  return typeof own === 'number' ? own : training.epochs;
}

const ENOUGH_TRIALS = 20;
const LATE = 0.8;
const EARLY = 0.5;

function stillImproving({ history }: ReportInput, { trial }: WinnerEvaluation): string | undefined {
  const trials = searchTrials(history);
  const { completed, pruned } = countStates(trials);
  if (completed + pruned < ENOUGH_TRIALS) return undefined;
  const position = trials.indexOf(trial);
  const place = position / Math.max(1, trials.length - 1);
  if (place >= LATE)
    return `The best trial came late (${position + 1} of ${trials.length}). More trials may find a better one: raise search.trials.`;
  if (place > EARLY) return undefined;
  const since = trials.length - 1 - position;
  return `The last ${since} trials found nothing better. More trials of the same kind will change little. Other data, another backbone or a wider space may help.`;
}

function noise(input: ReportInput, { images, interval, peers }: WinnerEvaluation): string | undefined {
  const { definition } = input;
  if (interval === undefined || peers.length < 3) return undefined;
  const width = interval.high - interval.low;
  if (images === undefined || width < 0.02) return undefined;
  const kind = imagesOfObjective(input);
  return `The interval is ${formatMetric(width)} wide, because there are only ${counted(images, `${kind} image`)}. More ${kind} images${definition.search.confirm === undefined ? ', or repeats with other seeds (search.confirm),' : ''} would separate the leading trials.`;
}
