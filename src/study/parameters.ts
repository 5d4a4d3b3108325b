// What a search space is made of and what it yields: domains and parameter values.

/** A parameter's value. */
export type Scalar = string | number | boolean;

/** The values of one trial's active parameters, by name. */
export type Parameters = Readonly<Record<string, Scalar>>;

/** Active only while each named parameter is itself active and has one of the listed values. */
export type Condition = Readonly<Record<string, readonly Scalar[]>>;

export interface FloatDomain {
  readonly type: 'float';
  readonly min: number;
  readonly max: number;
  readonly scale: 'linear' | 'log';
  /** With a step the values are min, min + step, min + 2·step, … up to max; without one every number in between. */
  readonly step?: number;
  readonly when?: Condition;
}

export interface IntDomain {
  readonly type: 'int';
  /** Inclusive. */
  readonly min: number;
  /** Inclusive. */
  readonly max: number;
  readonly scale: 'linear' | 'log';
  /** The values are min, min + step, … up to max. Default: 1. */
  readonly step?: number;
  readonly when?: Condition;
}

export interface ChoiceDomain {
  readonly type: 'choice';
  readonly values: readonly Scalar[];
  /** The values are steps of one scale (8, 16, 32), listed in order. True by default where all are increasing numbers. */
  readonly ordinal: boolean;
  readonly when?: Condition;
}

export type Domain = FloatDomain | IntDomain | ChoiceDomain;

/** Domains by parameter name, in the order in which the study lists them. */
export type Domains = Readonly<Record<string, Domain>>;
