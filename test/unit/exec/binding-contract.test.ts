/**
 * Both sides of the boundary say the same.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wordsDigest } from '../../../lib/core/generated/digest.js';
import { binding, isNativeError, type NativeHandle } from '../../../lib/native/binding.js';

const source = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the boundary', () => {
  test('the addon exports what the types declare', () => {
    const body =
      /export interface NativeBinding \{([\s\S]*?)\n\}/.exec(source('lib/native/binding-types.ts'))?.[1] ?? '';
    const declared = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name).sort();
    expect(declared.length).toBeGreaterThan(8);
    expect(Object.keys(binding()).sort()).toEqual(declared);
  });

  test('the addon was built from the words that TypeScript has', () => {
    expect(binding().info()['words']).toBe(wordsDigest);
  });

  test('arguments that do not fit are refused', () => {
    const native = binding();
    const call = native.read as (...args: unknown[]) => unknown;
    expect(() => call()).toThrow(TypeError);
    expect(() => call(new Float64Array(4), [], [], [], 'no memory', new Float64Array(32), null)).toThrow(TypeError);
    const refused = native.read(new Float64Array(64), [], [], [], new Uint8Array(8), new Float64Array(32), null);
    expect(isNativeError(refused) && refused.kind).toBe('invalid');
  });

  test('an object that is no handle is refused', () => {
    const foreign = {} as unknown as NativeHandle;
    const read = (): unknown =>
      binding().read(new Float64Array(64), [], [], [foreign], new Uint8Array(8), new Float64Array(32), null);
    expect(read).toThrow(/handles of this addon/);
  });
});
