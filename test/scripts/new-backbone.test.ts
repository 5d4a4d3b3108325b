// What `npm run new-backbone` writes is a sound backbone, in the registry, with a test that passes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scaffoldOf } from '../../scripts/new-backbone.js';

const registry = readFileSync(fileURLToPath(new URL('../../src/backbones/registry.ts', import.meta.url)), 'utf8');

describe('the scaffold of a backbone', () => {
  it('has a description, a test and a line in the registry', () => {
    const files = scaffoldOf('tiny-net.v2', registry);
    expect([...files.keys()]).toEqual([
      'src/backbones/architectures/tiny-net.v2.ts',
      'test/backbones/architectures/tiny-net.v2.test.ts',
      'src/backbones/registry.ts',
    ]);
    const added = files.get('src/backbones/registry.ts') ?? '';
    expect(added).toContain("import { tinyNetV2 } from './architectures/tiny-net.v2.js';\n");
    expect(added).toMatch(/= \[[^\]]*\n {2}tinyNetV2,\n\];/);
  });

  it.each(['TinyNet', 'tiny net', '../tiny', ''])('refuses the name %j', (name) => {
    expect(() => scaffoldOf(name, registry)).toThrow(/expected a name such as/);
  });

  it('refuses a name that the registry has', () => {
    expect(() => scaffoldOf('quicknet', registry)).toThrow(/which the registry has/);
  });
});
