/**
 * Both sides of the boundary say the same.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeTable } from '../../../lib/core/dtype.js';
import { maxEncodedChunkBytes, maxRank } from '../../../lib/core/limits.js';
import { engineReasons, statWordCount, statWords } from '../../../lib/exec/stats.js';
import { wireConstants } from '../../../lib/exec/wire.js';
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

  test('the wire format is the same on both sides', () => {
    const info = binding().info();
    expect({
      version: info['wireVersion'],
      headerWords: info['headerWords'],
      layerWords: info['layerWords'],
      dimWords: info['dimWords'],
      fieldWords: info['fieldWords'],
      segmentWords: info['segmentWords'],
    }).toEqual(wireConstants);
  });

  test('element types have the same sizes in the order of their codes', () => {
    expect(String(binding().info()['dtypeSizes']).trim().split(' ').map(Number)).toEqual(
      dtypeTable.map(({ size }) => size),
    );
    expect(dtypeTable.map(({ code }) => code)).toEqual(dtypeTable.map((_, i) => i));
  });

  test('the words of the account have the same order on both sides', () => {
    const names = /enum StatWord[^{]*\{([^}]*)\}/.exec(source('native/exec/stats.h'))?.[1] ?? '';
    const native = names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const camel = (name: string): string => name.charAt(1).toLowerCase() + name.slice(2);
    expect(native.slice(0, -1).map(camel)).toEqual(
      Object.keys(statWords).map((name) => ({ threads: 'threadsUsed' })[name] ?? name),
    );
    expect(binding().info()['statWords']).toBe(statWordCount);
  });

  test('every reason for an engine has its words', () => {
    const reasons = /enum class EngineReason[^{]*\{([\s\S]*?)\}/.exec(source('native/exec/stats.h'))?.[1] ?? '';
    expect([...reasons.matchAll(/\w+ = (\d+)/g)].map(([, n]) => Number(n))).toEqual(engineReasons.map((_, i) => i));
  });

  test('the limits of formats are those of the native side', () => {
    expect(/kMaxRank = (\d+);/.exec(source('native/kernels/scatter.h'))?.[1]).toBe(String(maxRank));
    const shift = /kMaxEncodedChunk = std::uint64_t\{1\} << (\d+);/.exec(source('native/exec/plan_wire.h'))?.[1];
    expect(2 ** Number(shift)).toBe(maxEncodedChunkBytes);
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
