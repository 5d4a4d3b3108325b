// Scripts by which shells complete commands and options; file names are the shell's own business.
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** Subcommands and options. */
  readonly words: readonly string[];
}

/** What each command of the program takes. */
export function wordsOf(program: Command): CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    words: [
      ...command.commands.map((sub) => sub.name()),
      ...[command, ...command.commands].flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])),
      '--help',
    ].filter((word, i, all) => all.indexOf(word) === i),
  }));
}

export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  return shell === 'fish' ? fish(commands) : shell === 'zsh' ? zsh(commands) : bash(commands);
}

function bash(commands: readonly CommandWords[]): string {
  return `# bash completion of hpo
_hpo() {
  local word=\${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${names(commands)} help --help --version'
  else
    case \${COMP_WORDS[1]} in
      help) words='${names(commands)}' ;;
${commands.map(({ name, words }) => `      ${name}) words='${words.join(' ')}' ;;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _hpo hpo`;
}

function zsh(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`);
  return `#compdef hpo
_hpo() {
  local -a commands offered
  commands=(
${described.join('\n')}
    'help:print the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
    help) _describe command commands; return ;;
${commands.map(({ name, words }) => `    ${name}) offered=(${words.join(' ')}) ;;`).join('\n')}
  esac
  compadd -- $offered
  _files
}
compdef _hpo hpo`;
}

function fish(commands: readonly CommandWords[]): string {
  const top = commands.map(
    ({ name, description }) => `complete -c hpo -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`,
  );
  const inner = commands.flatMap(({ name, words }) =>
    words.map((word) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c hpo -n '__fish_seen_subcommand_from ${name}' ${what}`;
    }),
  );
  return ['# fish completion of hpo', ...top, ...inner].join('\n');
}

function names(commands: readonly CommandWords[]): string {
  return commands.map(({ name }) => name).join(' ');
}

/** Inside single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', ' –');
}
