/** Tests that the TypeScript side and the native side agree. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wordsDigest } from '../../../lib/core/generated/digest.js';
import { binding, isNativeError, type NativeHandle } from '../../../lib/native/binding.js';

const source = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the native binding', () => {
  test('exports what the types declare', () => {
    const body =
      /export interface NativeBinding \{([\s\S]*?)\n\}/.exec(source('lib/native/binding-types.ts'))?.[1] ?? '';
    const declared = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name).sort();
    expect(declared.length).toBeGreaterThan(8);
    expect(Object.keys(binding()).sort()).toEqual(declared);
  });

  test('was built from the same shared constants as the TypeScript side', () => {
    expect(binding().info()['words']).toBe(wordsDigest);
  });

  test('rejects invalid arguments', () => {
    const native = binding();
    const call = native.read as (...args: unknown[]) => unknown;
    expect(() => call()).toThrow(TypeError);
    expect(() => call(new Float64Array(4), [], [], [], 'no memory', new Float64Array(32), null)).toThrow(TypeError);
    const refused = native.read(new Float64Array(64), [], [], [], new Uint8Array(8), new Float64Array(32), null);
    expect(isNativeError(refused) && refused.kind).toBe('invalid');
  });

  test('rejects an object that is not a handle', () => {
    const foreign = {} as unknown as NativeHandle;
    const read = (): unknown =>
      binding().read(new Float64Array(64), [], [], [foreign], new Uint8Array(8), new Float64Array(32), null);
    expect(read).toThrow(/handles of this addon/);
  });
});
