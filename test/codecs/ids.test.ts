import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codecIds } from '../../lib/core/generated/codecs.js';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

describe('codecs', () => {
  it('are all described in the documentation', () => {
    const documented = [...read('docs/formats/codecs.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(Object.keys(codecIds).sort());
  });
});
