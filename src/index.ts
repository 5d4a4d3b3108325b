// The library, `hpo`: everything that the commands do, and a study for loops of your own. Other entries: hpo/dashboard, hpo/report, hpo/backbones.
export { type BestCommand, bestCommand } from './app/best-command.js';
export { type CreateStudyOptions, createStudy } from './app/create-study.js';
export { type DrawAugmentationOptions, type DrawnAugmentation, drawAugmentation } from './app/draw-augmentation.js';
export {
  type CacheState,
  type Diagnosis,
  type ExamineMachineOptions,
  examineMachine,
  listEngines,
} from './app/examine-machine.js';
export { type ExportOptions, type Exported, exportStudy } from './app/export-study.js';
export {
  type FeatureCache,
  type FeatureCacheOptions,
  type RemovedFeatures,
  type ShrinkFeatureCacheOptions,
  readFeatureCache,
  shrinkFeatureCache,
} from './app/feature-cache.js';
export { type StudyState, type StudyView, readStudy } from './app/files/read-study.js';
export type { StudyInput, StudySource } from './app/files/study-file.js';
export { type FindLearningRatesOptions, type RangeTestResult, findLearningRates } from './app/find-learning-rates.js';
export { type InitStudyOptions, type WrittenStudy, initStudy } from './app/init-study.js';
export { type InstallEngineOptions, installEngine, removeEngine } from './app/install-engine.js';
export {
  type ExplainOptions,
  type Explanation,
  type ImageClassifier,
  type LoadClassifierOptions,
  type Prediction,
  loadClassifier,
} from './app/load-classifier.js';
export type { Messages } from './app/messages.js';
export { type OpenStudyOptions, type StudySession, openStudy } from './app/open-study.js';
export { type PlanStudyOptions, planStudy } from './app/plan-study.js';
export type { StudyPlan, TrainingPlan } from './app/plan/study-plan.js';
export { type PullWeightsOptions, type PulledWeights, pullWeights } from './app/pull-weights.js';
export { type RunStudyOptions, type StudyResult, runStudy } from './app/run-study.js';
export { type TrainModelOptions, type TrainResult, type Training, trainModel } from './app/train-model.js';
export {
  type ReportFiles,
  type ReportFormat,
  type ReportOptions,
  type WriteReportOptions,
  createReport,
  writeReport,
} from './app/write-report.js';
export type { Activity } from './controller/activity.js';
export type { AskedTrial, ReportExtras } from './controller/asked-trial.js';
export type { OptimizeEnd, OptimizeOptions, TrialFunction } from './controller/optimize.js';
export type { OwnLoopStudy as Study } from './controller/own-loop-study.js';
export { StudyControl } from './controller/study-control.js';
export type { StudyEnd } from './controller/study-end.js';
export { RandomStream } from './math/random.js';
export type { Promotion, Pruner, Rival, Decision } from './search/pruner.js';
export type { Sampler, Suggestion } from './search/sampler.js';
export { HpoError, type ErrorCode } from './study/errors.js';
export type { TrialEvent } from './study/events.js';
export type { History } from './study/history.js';
export type { Objective } from './study/objective.js';
export type { ChoiceDomain, Domain, Domains, FloatDomain, IntDomain, Parameters, Scalar } from './study/parameters.js';
export type { PrunerOptions } from './study/pruner-options.js';
export { SearchSpace } from './study/space.js';
export type { Train, TrainContext } from './study/train.js';
export type { Assignment } from './study/trial-runner.js';
export type { ClassificationDetail, FailureKind, Outcome, Report, Trial, TrialState } from './study/trial.js';
export type { StudyDefinition } from './study/schema/parse-study.js';
