// One writer per study: the lock in its run's folder.
import { HpoError, messageOf } from '../study/errors.js';
import { FileLock, HeldError } from '../system/file-lock.js';
import { type ProcessIdentity, identityOf } from '../system/process-identity.js';

/** @throws HpoError ERR_STUDY_LOCKED, naming the process that has it; ERR_STORE where no file can be made. */
export function lockStudy(path: string): FileLock {
  try {
    return FileLock.acquire(path);
  } catch (error) {
    if (error instanceof HeldError) throw locked(path, error.owner);
    throw new HpoError('ERR_STORE', `could not lock ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function locked(path: string, owner: ProcessIdentity): HpoError {
  const elsewhere =
    owner.host === identityOf().host ? '' : ` on ${owner.host}. If that machine no longer runs it, delete ${path}`;
  return new HpoError('ERR_STUDY_LOCKED', `the study is being run by process ${owner.pid}${elsewhere}`);
}
