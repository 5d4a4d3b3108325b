import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    pool: 'forks',
    // What tests keep is not kept beside what people do.
    env: { HPO_CACHE: join(tmpdir(), 'hpo-tests') },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
