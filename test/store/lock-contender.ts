// A process that contends for a lock when it is told to; see study-lock.test.ts.
import { lockStudy } from '../../src/store/study-lock.js';
import type { FileLock } from '../../src/system/file-lock.js';

let lock: FileLock | undefined;

process.on('message', (message: { readonly do: 'take' | 'release'; readonly path: string }) => {
  if (message.do === 'release') {
    lock?.release();
    process.send?.({ released: true });
    return;
  }
  try {
    lock = lockStudy(message.path);
    process.send?.({ won: process.pid });
  } catch (error) {
    process.send?.({ lost: (error as Error).message });
  }
});
process.send?.({ ready: true });
