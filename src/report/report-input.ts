// What a report is made of: the study's history, and whatever else is known. What is missing is not shown.
import type { History } from '../study/history.js';
import type { Parameters, Scalar } from '../study/parameters.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';

export interface ReportInput {
  readonly name: string;
  readonly definition: StudyDefinition;
  readonly history: History;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** By class index. */
  readonly classNames?: readonly string[];
  /** Of the best trial's objective; computed from its confusion matrix where it is not given. */
  readonly interval?: ValueInterval;
  /** Of a fitted model where it is not given and there are enough trials, as is partial dependence. */
  readonly importance?: readonly ParameterImportance[];
  readonly partialDependence?: readonly PartialDependence[];
  /** The same budget without transfer. */
  readonly baseline?: Baseline;
  /** The validation images that the best model got most confidently wrong, worst first. */
  readonly mistakes?: readonly PicturedMistake[];
  readonly reuse?: ReuseSummary;
  /** Name and value, such as 'Node' and 'v22.1.0', in the order in which they are shown. */
  readonly environment?: readonly (readonly [string, string])[];
  /** The study file as a person would type it. */
  readonly studyPath?: string;
}

export interface ValueInterval {
  readonly low: number;
  readonly high: number;
  /** Such as 0.95. */
  readonly level: number;
  /** How it was found, in words: 'over 5 repeats with other seeds'. */
  readonly method: string;
}

export interface ParameterImportance {
  readonly name: string;
  /** Share of what the parameters explain, in [0, 1]. */
  readonly share: number;
}

export interface PartialDependence {
  readonly name: string;
  /** In the order of the axis; the objective that the fitted model expects, with its uncertainty where it has one. */
  readonly points: readonly {
    readonly value: Scalar;
    readonly mean: number;
    readonly low?: number;
    readonly high?: number;
  }[];
}

export interface Baseline {
  /** Such as 'random weights, the same budget'. */
  readonly description: string;
  readonly value: number;
  /** Values by epoch. */
  readonly curve?: readonly number[];
  readonly parameters?: Parameters;
}

export interface PicturedMistake {
  readonly file: string;
  readonly actual: string;
  readonly predicted: string;
  /** Probability of the predicted class. */
  readonly confidence: number;
  /** A data: URI of the picture. */
  readonly picture: string;
}

export interface ReuseSummary {
  readonly imagesComputed: number;
  readonly imagesWithoutReuse: number;
  readonly secondsSaved: number;
}
