// Errors as people read them.
import { expect, it } from 'vitest';
import { describeError } from '../../src/cli/describe-error.js';
import { exitCodeOf } from '../../src/cli/exit-code.js';
import { PLAIN } from '../../src/cli/style.js';
import { HpoError } from '../../src/study/errors.js';

const quiet = { debug: false, style: PLAIN };

it('gives message and code of an error that a person can act on', () => {
  const error = new HpoError('ERR_DATA', 'expected images, got none');
  expect(describeError(error, quiet)).toEqual(['hpo: expected images, got none', '(ERR_DATA)']);
});

it('says what to do where a study has changed', () => {
  expect(describeError(new HpoError('ERR_STUDY_CHANGED', 'x'), quiet).join('\n')).toContain('--fresh');
});

it('says how to look at a study that another process runs', () => {
  expect(describeError(new HpoError('ERR_STUDY_LOCKED', 'x'), quiet).join('\n')).toContain('hpo watch <study>');
});

it('points to the stack of an error that nobody expected', () => {
  const error = Object.assign(new TypeError('x is not a function'), { code: 'ERR_ODD' });
  expect(describeError(error, quiet)).toEqual([
    'hpo: x is not a function',
    '(ERR_ODD)',
    'This was not expected. Run again with --debug for the stack.',
  ]);
});

it('does not call a read-only folder unexpected', () => {
  const error = Object.assign(new Error("EROFS: read-only file system, open 'x'"), { code: 'EROFS', syscall: 'open' });
  expect(describeError(error, quiet)).toEqual(['hpo: the disk is read-only (EROFS)']);
});

it('gives the stacks of an error and its causes with --debug', () => {
  const error = new HpoError('ERR_STORE', 'outer', { cause: new Error('inner') });
  const text = describeError(error, { debug: true, style: PLAIN }).join('\n');
  expect(text).toMatch(/outer[^]*at [^]*caused by:\nError: inner\n +at /);
});

it('takes anything that is thrown', () => {
  expect(describeError('just text', quiet)[0]).toBe('hpo: just text');
});

it('refuses with 2 what was asked wrongly and fails with 1 otherwise', () => {
  expect(exitCodeOf(new HpoError('ERR_ENGINE', ''))).toBe(2);
  expect(exitCodeOf(new HpoError('ERR_ENGINE_FAILED', ''))).toBe(1);
  expect(exitCodeOf(new HpoError('ERR_STUDY_LOCKED', ''))).toBe(2);
  expect(exitCodeOf(new HpoError('ERR_STORE', ''))).toBe(1);
  expect(exitCodeOf(new Error())).toBe(1);
});
