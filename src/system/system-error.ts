// What the operating system refuses, in words.
import { ownValue } from './own.js';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EADDRINUSE: 'the address is in use',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file would be too large',
  EINVAL: 'the system does not take it',
  EIO: 'the disk failed to read or write',
  EISDIR: 'a folder is there, where a file was expected',
  ELOOP: 'links lead round in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'there is no such file or folder',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is there, where a folder was expected',
  ENOTEMPTY: 'the folder is not empty',
  EPERM: 'it is not permitted',
  EPIPE: 'nobody reads it any more',
  EROFS: 'the disk is read-only',
  ETXTBSY: 'the program is running',
  EXDEV: 'it is on another disk',
};

/** "there is no such file or folder: /x/y (ENOENT)"; undefined for what is no error of the system, or none that is known here. */
export function systemErrorText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  const words = ownValue(WORDS, error.code);
  if (words === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? `: ${error.path}` : '';
  return `${words}${path} (${error.code})`;
}
