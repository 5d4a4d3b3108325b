// Several things at a time, of which all are needed.

/**
 * The results of all tasks. The first error aborts the others by their signal, and is thrown once they have ended.
 * @param abort whose signal the tasks have.
 */
export async function allOrAbort<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
  abort: AbortController,
): Promise<{ readonly [i in keyof Tasks]: Awaited<Tasks[i]> }> {
  try {
    return await Promise.all(tasks);
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}
