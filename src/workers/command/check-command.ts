// Whether a command can be started on this machine, as far as that shows without starting it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { placeholdersOf } from '../../study/command/template.js';
import { findProgram } from '../../system/find-program.js';
import type { CommandSettings } from './command-settings.js';

/** Endings of scripts: an argument right after the program that ends so is one. */
const SCRIPT = /\.(py|sh|bash|[cm]?js|r|jl|pl|rb|lua)$/i;

/** @throws HpoError ERR_TRAINER_COMMAND where the program, or the script that it is to run, is not there. */
export function checkCommand({ command, env = {}, folder }: Pick<CommandSettings, 'command' | 'env' | 'folder'>): void {
  const [program, script] = command;
  if (typeof program !== 'string') throw atFault('expected a program at trainer.command[0], got a list');
  const variables = { ...process.env, ...env };
  if (findProgram(program, folder, variables) === undefined) {
    const place = program.includes('/') ? resolve(folder, program) : `'${program}' in PATH`;
    throw atFault(`expected a program that can be run (trainer.command[0]), got none: ${place}`);
  }
  if (typeof script !== 'string' || !SCRIPT.test(script) || placeholdersOf(script).length > 0) return;
  const path = resolve(folder, script);
  if (!existsSync(path)) throw atFault(`expected the script of trainer.command[1], got no such file: ${path}`);
}

function atFault(message: string): HpoError {
  return new HpoError('ERR_TRAINER_COMMAND', message);
}
