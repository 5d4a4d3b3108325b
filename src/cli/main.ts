#!/usr/bin/env node
// The command `hpo`. Read on in program.ts, which lists the subcommands; each is a file in commands/.
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
