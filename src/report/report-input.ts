// What a report is made of: the study's history, and whatever else is known. What is missing is not shown.
import type { ExpectedValue } from '../controller/expected-value.js';
import type { Expect } from '../search/prior-trend.js';
import type { ImagesRecord } from '../study/events.js';
import type { History } from '../study/history.js';
import type { Scalar } from '../study/parameters.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';

export interface ReportInput {
  readonly name: string;
  readonly definition: StudyDefinition;
  readonly history: History;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Which images trials see, in which classes. */
  readonly images?: ImagesRecord;
  /** Of the winner's objective; computed from its confusion matrix where it is not given. */
  readonly interval?: ValueInterval;
  /** What the winner is worth on other images. */
  readonly expected?: ExpectedValue;
  /** How far the winner's confidence is off on the validation images, as trained and with its logits divided by the temperature that fits best. */
  readonly calibration?: ReportedCalibration;
  /** What the study knew of its configurations before the first trial: the fitted model begins with it. */
  readonly expect?: Expect;
  /** Why a study that began with the prior is fitted without it here. */
  readonly expectMissing?: string;
  /** Of a fitted model where it is not given and there are enough trials, as is partial dependence. */
  readonly importance?: readonly ParameterImportance[];
  readonly partialDependence?: readonly PartialDependence[];
  /** How many trials a fitted model saw in which no parameter's effect stands out from the noise. */
  readonly withoutEffect?: number;
  /** The images, of those that the objective is about, that the best model got most confidently wrong, worst first. */
  readonly mistakes?: readonly PicturedMistake[];
  /** Name and value, such as 'Node' and 'v22.1.0', in the order in which they are shown. */
  readonly environment?: readonly (readonly [string, string])[];
  /** The study file as a person would type it. */
  readonly studyPath?: string;
  /** Whether the page follows the study, so that nobody has to write it again. */
  readonly isLive?: boolean;
}

/** Expected calibration errors, in [0, 1]. */
export interface ReportedCalibration {
  readonly temperature: number;
  readonly errorBefore: number;
  readonly errorAfter: number;
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

export interface PicturedMistake {
  readonly file: string;
  readonly actual: string;
  readonly predicted: string;
  /** Probability of the predicted class. */
  readonly confidence: number;
  /** A data: URI of the picture; missing where the image is gone. */
  readonly picture?: string;
  /** A data: URI of what the network saw, with where it looked for the predicted class; missing where its weights are gone. */
  readonly looked?: string;
}
