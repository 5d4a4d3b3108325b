// A linear model over named terms. A term that a configuration lacks counts as average, so it says nothing.

/** By name: the mean of the term in the data that the model was fitted to, and its weight. */
export type LinearModel = Readonly<Record<string, readonly [mean: number, weight: number]>>;

/** Σ weight · (term − mean): 0 for an average configuration, and where nothing is known. */
export function predictLinear(model: LinearModel, terms: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [name, value] of terms) {
    const coefficient = Object.hasOwn(model, name) ? model[name] : undefined;
    if (coefficient !== undefined) sum += coefficient[1] * (value - coefficient[0]);
  }
  return sum;
}

/** The model with some of its weights changed, by name. */
export function withChanges(model: LinearModel, changes: Readonly<Record<string, number>>): LinearModel {
  return Object.fromEntries(
    Object.entries(model).map(([name, [mean, weight]]) => [name, [mean, weight + (changes[name] ?? 0)] as const]),
  );
}
