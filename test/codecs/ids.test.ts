import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codecIds } from '../../lib/codecs/codec.js';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

describe('codec ids', () => {
  it('are the same in TypeScript and in C++', () => {
    const body = /enum class CodecId[^{]*\{([^}]*)\}/.exec(read('native/codecs/codec.h'))?.[1] ?? '';
    const native = Object.fromEntries([...body.matchAll(/(\w+) = (\d+),/g)].map(([, name, id]) => [name, Number(id)]));
    const ours = Object.fromEntries(Object.entries(codecIds).map(([name, id]) => [snake(name), id]));
    expect(ours).toEqual(native);
  });

  it('each have a decoder in the registry', () => {
    const registry = read('native/codecs/registry.cc');
    const registered = [...registry.matchAll(/\{CodecId::(\w+), make_(\w+)\}/g)];
    for (const [, id, maker] of registered) expect(maker).toBe(id);
    expect(registered.map(([, id]) => id).sort()).toEqual(Object.keys(codecIds).map(snake).sort());
  });

  it('are each described in the documentation', () => {
    const documented = [...read('docs/formats/codecs.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(Object.keys(codecIds).sort());
  });
});
