/**
 * Both sides of the boundary say the same.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeTable } from '../../../lib/core/dtype.js';
import { maxEncodedChunkBytes, maxRank } from '../../../lib/core/limits.js';
import { cachePolicies, engineNames, overflowModes, readaheadKinds } from '../../../lib/core/read-choices.js';
import { engineBits, reasonTexts, statWordCount, statWords } from '../../../lib/exec/stats.js';
import {
  decodeFlag,
  decodingWord,
  dimWord,
  fieldWord,
  headerWord,
  layerWord,
  locationKind,
  wireConstants,
} from '../../../lib/exec/wire-words.js';
import {
  answerWords,
  binding,
  fileKinds,
  isNativeError,
  lookupKinds,
  type NativeHandle,
} from '../../../lib/native/binding.js';
import { segmentWord } from '../../../lib/plan/projection.js';

const source = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The entries of the first enum `name` in a header, with their values. */
function enumOf(file: string, name: string): [name: string, value: number][] {
  const text = source(file).replace(/\/\/.*/g, '');
  const body = new RegExp(`enum (?:class )?${name} :[^{]*\\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  const entries: [string, number][] = [];
  let next = 0;
  for (const [, entry = '', value] of body.matchAll(/(\w+)(?: = (\d+))?\s*(?:,|$)/g)) {
    next = value === undefined ? next : Number(value);
    entries.push([entry, next++]);
  }
  return entries;
}

/** `kBytesRead` as `bytesRead`, without `prefix` (`k`, which enums of words have) where another word follows it. */
function lowered(name: string, prefix = 'k'): string {
  const rest = [prefix, 'k'].map((one) => (name.startsWith(one) ? name.slice(one.length) : ''));
  const short = rest.find((one) => /^[A-Z]/.test(one)) ?? name;
  const camel = short.charAt(0).toLowerCase() + short.slice(1);
  return camel === 'threadsUsed' ? 'threads' : camel;
}

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

  test('the words of plans, accounts and answers have the same order on both sides', () => {
    const wire = 'native/exec/plan_wire.h';
    const twins: readonly (readonly [file: string, name: string, ours: object, prefix?: string])[] = [
      [wire, 'Header', headerWord],
      [wire, 'Layer', layerWord],
      [wire, 'Decoding', decodingWord, 'kDecode'],
      [wire, 'Dim', dimWord],
      [wire, 'Field', fieldWord, 'kField'],
      [wire, 'SegmentWord', segmentWord, 'kSeg'],
      ['native/exec/stats.h', 'StatWord', statWords],
      ['native/napi/environment.h', 'LookupWord', answerWords],
    ];
    for (const [file, name, ours, prefix] of twins) {
      const entries = enumOf(file, name);
      const [last, count] = entries.pop() ?? ['', 0];
      expect(last, name).toMatch(/^k\w+Words$/);
      expect([name, ...entries.map(([entry, value]) => [lowered(entry, prefix), value])]).toEqual([
        name,
        ...Object.entries(ours),
      ]);
      expect(count).toBe(entries.length);
    }
    expect(binding().info()['statWords']).toBe(statWordCount);
    expect(Object.keys(statWords)).toHaveLength(statWordCount);
  });

  test('what a word may say has the same number on both sides', () => {
    const plan = 'native/exec/plan.h';
    const asListed = (list: readonly string[]): object => Object.fromEntries(list.map((name, i) => [name, i]));
    const twins: readonly (readonly [file: string, name: string, ours: object])[] = [
      ['native/kernels/scatter.h', 'Overflow', asListed(overflowModes)],
      [plan, 'EngineChoice', asListed(engineNames)],
      ['native/engines/engine.h', 'CachePolicy', asListed(cachePolicies)],
      [plan, 'Readahead', asListed(readaheadKinds)],
      [plan, 'Kind', locationKind],
      ['native/exec/plan_wire.h', 'DecodeFlag', decodeFlag],
      ['native/exec/lookup.h', 'LookupKind', asListed(lookupKinds)],
      ['native/napi/environment.h', 'FileKind', asListed(fileKinds)],
      ['native/exec/stats.h', 'EngineReason', asListed(Object.keys(reasonTexts))],
      ['native/base/dtype.h', 'DType', Object.fromEntries(dtypeTable.map(({ name, code }) => [name, code]))],
    ];
    const named: Readonly<Record<string, string>> = { automatic: 'auto', uringDirect: 'uring-direct', bool8: 'bool' };
    for (const [file, name, ours] of twins) {
      const entries = enumOf(file, name).map(([entry, value]) => {
        const camel = lowered(entry).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
        return [named[camel] ?? camel, value];
      });
      expect([name, ...entries]).toEqual([name, ...Object.entries(ours)]);
      expect(entries.length).toBeGreaterThan(2);
    }
    const bits = [...source('native/exec/stats.h').matchAll(/kEngine(\w+) = (\d+);/g)];
    expect(Object.fromEntries(bits.map(([, name = '', bit]) => [lowered(name), Number(bit)]))).toEqual(engineBits);
  });

  test('what crosses as text has the same names on both sides', () => {
    const types = source('lib/native/binding-types.ts');
    for (const [file, name, member] of [
      ['native/base/error.h', 'ErrorKind', 'kind'],
      ['native/sys/hooks.h', 'Op', 'op'],
      ['native/sys/hooks.h', 'FaultAction', 'action'],
      ['native/probe/probe.h', 'Pattern', 'pattern'],
      ['native/probe/probe.h', 'Order', 'order'],
      ['native/probe/probe.h', 'Access', 'access'],
      ['native/probe/probe.h', 'Prepare', 'prepare'],
    ] as const) {
      const union = new RegExp(`readonly ${member}: ('[^;]*);`).exec(types)?.[1] ?? '';
      const ours = [...union.matchAll(/'(\w+)'/g)].map(([, one]) => one);
      expect([name, ...ours]).toEqual([name, ...enumOf(file, name).map(([entry]) => entry)]);
    }
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
