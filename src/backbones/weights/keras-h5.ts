// Reads Keras weights from HDF5, in a thread that is ended where it takes too long.
import { Worker } from 'node:worker_threads';
import { HpoError } from '../../study/errors.js';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import { openRegularFile } from '../../system/regular-file.js';
import type { Hdf5Answer } from './keras-h5-thread.js';
import { MAX_WEIGHTS, unreadable, type StoredLayer } from './stored-layer.js';

/** A whole model with an optimizer's state has three numbers of each weight. */
const MAX_FILE_BYTES = 16 * MAX_WEIGHTS;
/** Seconds of processor time for any file, and bytes that take one second more: a tenth of what compressed weights need. */
const SECONDS = 6;
const BYTES_A_SECOND = 10e6;
/** Milliseconds between two looks. */
const INTERVAL = 200;

/**
 * Every layer with weights; see hdf5-layers.ts.
 * @throws HpoError ERR_WEIGHTS where the file is missing, damaged or something else.
 */
export async function readKerasH5(file: string): Promise<StoredLayer[]> {
  const size = await openRegularFile(file, MAX_FILE_BYTES).then(
    async ({ handle, size }) => {
      await handle.close();
      return size;
    },
    (cause: unknown) => {
      throw unreadable(file, cause);
    },
  );
  const limit = SECONDS + size / BYTES_A_SECOND;
  const thread = new Worker(programFile(import.meta.url, 'keras-h5-thread'), {
    execArgv: EXEC_ARGV,
    workerData: file,
    // What the library prints when it gives up is in the error as well.
    stderr: true,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<StoredLayer[]>((resolve, reject) => {
      const damaged = (what: string): HpoError =>
        new HpoError('ERR_WEIGHTS', `expected a readable HDF5 file, got a damaged one (${what}) at ${file}`);
      const watch = (): void => {
        const before = process.cpuUsage();
        timer = setInterval(() => {
          const { user, system } = process.cpuUsage(before);
          if ((user + system) / 1e6 > limit) reject(damaged(`reading it did not end within ${Math.ceil(limit)} s`));
        }, INTERVAL);
      };
      thread.on('message', (answer: Hdf5Answer) => {
        if (answer.type === 'begun') watch();
        else if (answer.type === 'read') resolve(answer.layers);
        else reject(new HpoError(answer.code, answer.message));
      });
      thread.once('error', reject);
      thread.once('exit', () => reject(damaged('the library gave up')));
    });
  } finally {
    clearInterval(timer);
    await thread.terminate();
  }
}
