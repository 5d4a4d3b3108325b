// How a process ended, and what is made of it.
import { expect, it } from 'vitest';
import { failureOf } from '../../../src/workers/protocol/failure.js';
import { type ProcessEnd, failureOfEnd } from '../../../src/workers/child/process-end.js';
import { MEMORY_MARK } from '../../../src/workers/child/watchdog.js';

const end = (more: Partial<ProcessEnd>): ReturnType<typeof failureOfEnd> =>
  failureOfEnd({ code: null, signal: null, stderr: '', outOfMemoryKills: false, ...more });

it.each<[string, Partial<ProcessEnd>, string, RegExp, boolean]>([
  ['a native crash', { signal: 'SIGSEGV' }, 'crashed', /ended by SIGSEGV: a crash in native code/, true],
  ['an exit', { code: 3 }, 'crashed', /exited with code: 3/, false],
  ['a native crash on Windows', { code: 0xc0000005 }, 'crashed', /native code \(0xc0000005\)/, true],
  ['a start that failed', { stderr: 'spawn EAGAIN\n' }, 'crashed', /could not be started: spawn EAGAIN/, false],
  ['a kill by somebody', { signal: 'SIGKILL' }, 'crashed', /SIGKILL: something outside the study/, true],
  ['a kill by the kernel', { signal: 'SIGKILL', outOfMemoryKills: true }, 'out-of-memory', /memory runs out/, false],
  [
    'a kill, nobody knows by whom',
    { signal: 'SIGKILL', outOfMemoryKills: undefined },
    'out-of-memory',
    /SIGKILL/,
    false,
  ],
  ['its watchdog', { signal: 'SIGKILL', stderr: `x\n${MEMORY_MARK}too much\n` }, 'out-of-memory', /^too much$/, false],
  [
    'a full heap',
    { signal: 'SIGABRT', stderr: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' },
    'out-of-memory',
    /JavaScript heap/,
    false,
  ],
  [
    'native code without memory',
    { signal: 'SIGABRT', stderr: "terminate called after throwing an instance of 'std::bad_alloc'\n" },
    'out-of-memory',
    /bad_alloc/,
    false,
  ],
  ['native code that gave up', { signal: 'SIGABRT', stderr: 'assertion failed' }, 'crashed', /SIGABRT/, true],
])('%s', (_, how, kind, message, byChance) => {
  const failure = end(how);
  expect(failure).toMatchObject({ status: 'failed', kind });
  expect(failure.message).toMatch(message);
  expect(failure.fault === 'chance').toBe(byChance);
});

it.each([
  'OOM when allocating tensor with shape[256,112,112,64] and type float on /job:localhost',
  'RESOURCE_EXHAUSTED: failed to allocate memory',
  'CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`',
  'CUDA failure 2: out of memory ; GPU=0',
  'Failed to allocate memory for requested buffer of size 12345',
  'WebAssembly.Memory(): could not allocate memory',
  'std::bad_alloc',
])('an engine that says "%s" is out of memory', (message) => {
  expect(failureOf(new Error(`the engine failed: ${message}`)).kind).toBe('out-of-memory');
});

it('an error that only speaks of memories is a crash', () => {
  expect(failureOf(new Error('the memory cell has no gate')).kind).toBe('crashed');
});
