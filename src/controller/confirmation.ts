// Repeats of the best configurations with other seeds, once the search is over, and the winner by their mean.
import { RandomStream } from '../math/random.js';
import { bestSoFar } from '../study/best-so-far.js';
import { type History, parametersKey } from '../study/history.js';
import { byRank } from '../study/folds.js';
import { type Objective, isBetter } from '../study/objective.js';
import { type Choice, choose, keptTrials } from './choice.js';
import { type Trial, isOfSearch } from '../study/trial.js';

export interface ConfirmOptions {
  /** How many of the best configurations are repeated. */
  readonly top: number;
  /** How often each, beside the trial that found it. */
  readonly repeats: number;
}

/** A configuration with every value that is known of it. */
export interface Contender {
  /** The trial that found it; its model is kept. */
  readonly trial: Trial;
  /** Its best value first, then those of its repeats in order. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Where it is not the best, but was preferred to it (`search.choose`). */
  readonly choice?: Choice;
}

/**
 * The seed that a trial trains with. The r-th repeats of all configurations share one, so they are compared like for like.
 */
export function seedOf(trial: Trial, history: History, seed: number): number {
  if (trial.source !== 'confirmation') return seed;
  const key = parametersKey(trial.parameters);
  const repeat = repeatsOf(key, history).findIndex((other) => other.number === trial.number);
  return RandomStream.of(seed, 'confirmation', repeat).nextUint32();
}

/** The trial to repeat next; undefined when every repeat has been asked for. Repeats go round, best configuration first. */
export function nextToConfirm(history: History, { top, repeats }: ConfirmOptions): Trial | undefined {
  const best = bestTrials(history, top).map((trial) => ({
    trial,
    done: repeatsOf(parametersKey(trial.parameters), history).length,
  }));
  const least = Math.min(...best.map(({ done }) => done));
  return least < repeats ? best.find(({ done }) => done === least)?.trial : undefined;
}

/**
 * The configuration to go with: the best trial's, or, where configurations were repeated, the best mean among those with the
 * most values; where the study says so (`search.choose`), a simpler or cheaper one that cannot be told apart from it. Failed repeats do not
 * count. Undefined where no trial has a value.
 */
export function winnerOf(history: History): Contender | undefined {
  const finalists = finalistsOf(history);
  const chosen = choose(history, finalists);
  return chosen === undefined ? finalists[0] : { ...chosen.contender, choice: chosen.choice };
}

/** The configurations among which one is chosen, best first. */
export function finalistsOf(history: History): readonly Contender[] {
  const contenders = contendersOf(history);
  const most = Math.max(...contenders.map(({ values }) => values.length));
  const finalists = contenders.filter(({ values }) => values.length === most);
  const { objective } = history;
  if (most > 1) return finalists.sort((a, b) => compare(objective, a.mean, b.mean));
  const search = history.record?.definition.search;
  if (search?.choose === undefined || search.choose === 'best') return finalists;
  // Those with fewer folds say less.
  const [best] = finalists;
  const known = new Set(finalists.map(({ trial }) => trial.number));
  const others = bestTrials(history, keptTrials(search) ?? 1).filter(
    (trial) => !known.has(trial.number) && trial.folds?.length === best?.trial.folds?.length,
  );
  return [...finalists, ...others.map((trial) => contender(trial, []))];
}

function compare(objective: Objective, a: number, b: number): number {
  return isBetter(objective, a, b) ? -1 : Number(isBetter(objective, b, a));
}

/**
 * The configuration to show as the best so far: the winner, or a trial that is not over and has a better value already. Once
 * configurations are repeated it is the winner alone. `trial.state` says whether it has ended.
 */
export function leaderOf(history: History): Contender | undefined {
  const winner = winnerOf(history);
  const leader = bestSoFar(history);
  if (leader === undefined || (winner?.values.length ?? 0) > 1) return winner;
  const value = leader.best.value;
  const isOpen = leader.outcome === undefined;
  if (winner !== undefined && !(isOpen && isBetter(history.objective, value, winner.choice?.value ?? winner.mean)))
    return winner;
  return { trial: leader, values: [value], mean: value };
}

/** The configurations that were repeated, best search value first; where none was, the best trial's alone. */
export function contendersOf(history: History): readonly Contender[] {
  const repeats = history.trials.filter(({ source }) => source === 'confirmation');
  if (repeats.length === 0) return history.best === undefined ? [] : [contender(history.best, [])];
  const repeated = new Set(repeats.map(({ parameters }) => parametersKey(parameters)));
  return ranked(history)
    .filter(({ parameters }) => repeated.has(parametersKey(parameters)))
    .map((trial) => contender(trial, repeatsOf(parametersKey(trial.parameters), history)));
}

/** How much the objective differs between runs of one configuration that differ in their seed alone. */
export interface Noise {
  /** Standard deviation, in the objective's units. */
  readonly deviation: number;
  readonly runs: number;
  readonly configurations: number;
}

/** Pooled over the configurations that were run more than once; undefined where none was. */
export function noiseOf(history: History): Noise | undefined {
  const repeated = contendersOf(history).filter(({ values }) => values.length > 1);
  const runs = repeated.reduce((sum, { values }) => sum + values.length, 0);
  const squares = repeated.flatMap(({ values, mean }) => values.map((value) => (value - mean) ** 2));
  if (squares.length === 0) return undefined;
  const sum = squares.reduce((total, square) => total + square, 0);
  return { deviation: Math.sqrt(sum / (runs - repeated.length)), runs, configurations: repeated.length };
}

/** The best finished trials of the search, best first, those with the most folds before others; earlier trials first among equals. */
export function bestTrials(history: History, top: number): readonly Trial[] {
  return ranked(history).slice(0, top);
}

function ranked(history: History): Trial[] {
  const { objective } = history;
  const finished = history.trials.filter((trial) => {
    return isOfSearch(trial) && (trial.state === 'completed' || trial.state === 'pruned') && trial.best;
  });
  return finished.sort(byRank(objective));
}

/** Whether a trial of the search was repeated with other seeds: it may win by their mean, also when others have become better than it. */
export function isRepeated(trial: Trial, history: History): boolean {
  return isOfSearch(trial) && repeatsOf(parametersKey(trial.parameters), history).length > 0;
}

function repeatsOf(key: string, history: History): Trial[] {
  return history.trials.filter((trial) => trial.source === 'confirmation' && parametersKey(trial.parameters) === key);
}

function contender(trial: Trial, repeats: readonly Trial[]): Contender {
  const finished = repeats.filter(({ state, best }) => state === 'completed' && best !== undefined);
  const values = [trial, ...finished].map(({ best }) => best?.value as number);
  return { trial, values, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
}
