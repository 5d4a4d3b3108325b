#!/usr/bin/env node
// The command `hpo`. Read on in program.ts, which lists the subcommands; each is a file in commands/.
import { disableTelemetry } from '../system/telemetry.js';
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

// First of all: trainers of the user's own and whatever they start inherit it.
disableTelemetry();
// Results go to stdout by other ways. What a library logs must not stand in their midst.
console.log = console.error;
console.info = console.error;
process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
