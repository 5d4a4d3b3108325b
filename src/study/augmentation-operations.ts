// What an augmentation strategy is made of: the operations, their parameters, ranges and defaults, as data.

/** Low and high end of what is drawn uniformly, low ≤ high. */
export type Range = readonly [number, number];

export interface ParameterSpecification {
  readonly description: string;
  /** Both ends of a range lie within. */
  readonly limits: Range;
  readonly default: Range;
}

export interface OperationSpecification {
  readonly description: string;
  readonly parameters: Readonly<Record<string, ParameterSpecification>>;
}

/** Every operation by name. Lengths are shares of the image's side, so that a strategy means the same at every size. */
export const OPERATIONS = {
  horizontalFlip: { description: 'Flips left to right.', parameters: {} },
  verticalFlip: { description: 'Flips top to bottom.', parameters: {} },
  rotation: {
    description: 'Rotates about the centre.',
    parameters: {
      degrees: { description: 'Counter-clockwise.', limits: [-180, 180], default: [-10, 10] },
    },
  },
  zoom: {
    description: 'Scales about the centre.',
    parameters: { factor: { description: 'Above 1 enlarges.', limits: [0.25, 4], default: [0.9, 1.1] } },
  },
  shift: {
    description: 'Moves the image, with independent draws in x and y.',
    parameters: { share: { description: 'Share of the side.', limits: [-1, 1], default: [-0.05, 0.05] } },
  },
  crop: {
    description: 'Stretches a random part to the whole image.',
    parameters: {
      area: { description: 'Share of the area that is kept.', limits: [0.05, 1], default: [0.6, 1] },
      aspect: { description: 'Width of the part over its height.', limits: [0.25, 4], default: [0.8, 1.25] },
    },
  },
  brightness: {
    description: 'Multiplies all values.',
    parameters: { factor: { description: 'Above 1 brightens.', limits: [0, 4], default: [0.8, 1.2] } },
  },
  contrast: {
    description: "Multiplies each value's distance from the image's mean luminance.",
    parameters: { factor: { description: 'Above 1 raises the contrast.', limits: [0, 4], default: [0.8, 1.2] } },
  },
  saturation: {
    description: "Multiplies each value's distance from its pixel's luminance.",
    parameters: { factor: { description: '0 is grey.', limits: [0, 4], default: [0.7, 1.3] } },
  },
  blur: {
    description: 'Gaussian blur.',
    parameters: {
      deviation: {
        description: 'Standard deviation, as a share of the side.',
        limits: [0, 0.05],
        default: [0.003, 0.012],
      },
    },
  },
  noise: {
    description: 'Adds independent noise to every value.',
    parameters: {
      deviation: {
        description: 'Standard deviation, as a share of the full scale.',
        limits: [0, 0.5],
        default: [0.01, 0.05],
      },
    },
  },
  cutout: {
    description: "Fills a rectangle with the image's mean colour (T. DeVries & G. Taylor 2017).",
    parameters: { area: { description: 'Share of the area.', limits: [0, 0.9], default: [0.02, 0.15] } },
  },
  rain: {
    description: 'Adds streaks of rain under a dull sky.',
    parameters: { amount: { description: 'From drizzle to downpour.', limits: [0, 1], default: [0.3, 0.9] } },
  },
  fog: {
    description: 'Adds patches of fog.',
    parameters: {
      density: { description: 'Average share of the scene that is hidden.', limits: [0, 1], default: [0.3, 0.7] },
    },
  },
  night: {
    description: 'Darkens the image; adds a headlight on a part of the scene, and sensor noise.',
    parameters: {
      darkness: { description: 'Share of the light that is removed.', limits: [0, 1], default: [0.4, 0.8] },
    },
  },
} as const satisfies Readonly<Record<string, OperationSpecification>>;

export type OperationName = keyof typeof OPERATIONS;

type ParametersOf<Name extends OperationName> = {
  readonly [Parameter in keyof (typeof OPERATIONS)[Name]['parameters']]: Range;
};

/** An operation of a strategy, complete. Distributes over names: a union discriminated by `type`. */
export type Operation<Name extends OperationName = OperationName> = {
  [N in Name]: {
    readonly type: N;
    /** That it is applied to an image, in [0, 1]. */ readonly probability: number;
  } & ParametersOf<N>;
}[Name];

/** An operation as a person writes it: without a probability it is always applied, ranges have their defaults. */
export type PartialOperation<Name extends OperationName = OperationName> = {
  [N in Name]: { readonly type: N; readonly probability?: number | undefined } & {
    readonly [Parameter in keyof ParametersOf<N>]?: Range | undefined;
  };
}[Name];

/** Fills in the defaults. */
export function complete(operation: PartialOperation): Operation {
  const { parameters }: OperationSpecification = OPERATIONS[operation.type];
  const given = operation as Readonly<Record<string, unknown>>;
  const ranges = Object.entries(parameters).map(([name, parameter]) => [name, given[name] ?? parameter.default]);
  return { type: operation.type, probability: operation.probability ?? 1, ...Object.fromEntries(ranges) } as Operation;
}

/** The strategies that every study knows; what they do stands with the trainer. */
export const AUGMENTATION_PRESETS = ['none', 'flip', 'standard', 'strong', 'weather'] as const;

export type PresetName = (typeof AUGMENTATION_PRESETS)[number];
