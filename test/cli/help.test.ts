// Help: of every command, with examples that the command takes; completion for shells.
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/cli/examples.js';
import { hpo, temporaryFolder } from './support.js';

const { out: overview } = await hpo('--help');
const commands = [...overview.slice(overview.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+) /gm)]
  .map(([, name = '']) => name)
  .filter((name) => name !== 'help');

describe.each(commands)('hpo %s', (command) => {
  it('has the same help by `hpo help` and by --help, with examples', async () => {
    const { code, out } = await hpo('help', command);
    expect(code).toBe(0);
    expect(out).toBe((await hpo(command, '--help')).out);
    expect(out).toContain(`\nExamples:\n  $ `);
  });

  it('takes the options of its examples', async () => {
    for (const example of EXAMPLES[command] ?? []) {
      const [line = ''] = example.split(/ [|#>] ?|\)/);
      const words = line
        .replace(/^source <\(/, '')
        .trim()
        .split(/ +/);
      expect(words.slice(0, 2)).toEqual(['hpo', command]);
      const sub = words[2] !== undefined && /^(install|pull|list)$/.test(words[2]) ? [words[2]] : [];
      const { out } = await hpo(command, ...sub, '--help');
      const unknown = words.filter((word) => word.startsWith('-') && !new RegExp(`(^|[ ,])${word}\\b`, 'm').test(out));
      expect(unknown, example).toEqual([]);
    }
  });
});

it('hpo help of a command that there is not is refused', async () => {
  expect((await hpo('help', 'rnu')).code).toBe(2);
});

describe('hpo completion', () => {
  const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

  it('completes commands and options in bash', { timeout: 20_000 }, async ({ skip }) => {
    if (!has('bash')) skip('there is no bash');
    const { out } = await hpo('completion', 'bash');
    const complete = (...words: string[]): string[] => {
      const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _hpo; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
    };
    expect(complete('hpo', 're')).toEqual(['report']);
    expect(complete('hpo', 'run', '--wo')).toEqual(['--workers']);
    expect(complete('hpo', 'engine', 'in')).toEqual(['install']);
    expect(complete('hpo', 'help', 'pre')).toEqual(['predict']);
  });

  it.each(['bash', 'zsh', 'fish'])('is a script that %s can parse (skipped where it is missing)', async (shell) => {
    const { out, code } = await hpo('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain('report');
    if (!has(shell)) return;
    const { path, remove } = temporaryFolder({ script: out });
    expect(spawnSync(shell, ['-n', `${path}/script`], { encoding: 'utf8' }).stderr).toBe('');
    remove();
  });

  it('knows three shells', async () => {
    const { code, err } = await hpo('completion', 'tcsh');
    expect(code).toBe(2);
    expect(err).toContain('bash, zsh, fish');
  });
});
