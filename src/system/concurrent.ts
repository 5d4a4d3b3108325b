// Asynchronous work on many items, some at a time.

/**
 * The results in the items' order. Unlike one promise for each item, it takes memory for those alone that run.
 * After an error no further item is begun; it rejects when those that run have ended.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, position: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const rest = items.entries();
  let failure: { readonly error: unknown } | undefined;
  async function lane(): Promise<void> {
    // All lanes take from one iterator.
    for (const [position, item] of rest) {
      try {
        results[position] = await work(item, position);
      } catch (error) {
        failure ??= { error };
      }
      if (failure !== undefined) return;
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (failure !== undefined) throw failure.error;
  return results;
}
