// Preloaded: a file system without hard links, as exFAT and many network drives are.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

fs.linkSync = (existing, path) => {
  throw Object.assign(new Error(`EPERM: operation not permitted, link '${existing}' -> '${path}'`), { code: 'EPERM' });
};
syncBuiltinESMExports();
