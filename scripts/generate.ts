// Writes what follows from the code: study.schema.json, the tables of docs/study.md, the help texts of docs/commands.md, the
// tables of docs/augmentation.md, the compiled pixel loops of augmentation.
// Run: npx tsx scripts/generate.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withOperations } from './augmentation-docs.js';
import { compiledKernels } from './augmentation-kernels.js';
import { withHelp } from './command-docs.js';
import { schemaText, withTables } from './study-docs.js';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), 'utf8');

writeFileSync(at('study.schema.json'), schemaText());
writeFileSync(at('docs/study.md'), withTables(read('docs/study.md')));
writeFileSync(at('docs/augmentation.md'), withOperations(read('docs/augmentation.md')));
writeFileSync(at('docs/commands.md'), await withHelp(read('docs/commands.md')));
writeFileSync(at('assets/augmentation.wasm'), await compiledKernels());
