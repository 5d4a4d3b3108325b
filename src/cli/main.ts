#!/usr/bin/env node
// The command `hpo`. Read on in program.ts, which lists the subcommands; each is a file in commands/.
import { setFlagsFromString } from 'node:v8';
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

// Bytes of a function's bytecode to be run before V8 makes it fast, some four times its own. What is worth it gets there soon all the
// same; of the rest the compiler took a second of processor in a study of half a minute, in each thread anew.
setFlagsFromString('--interrupt-budget=600000');

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
