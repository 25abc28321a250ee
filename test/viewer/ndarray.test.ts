/** Compares the replacements of `ndarray` and `ndarray-ops` with the packages. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import ndarray, { type NdArray } from '../../web/viewer/src/arrays/ndarray.js';
import { assign } from '../../web/viewer/src/arrays/ndarray-ops.js';
import { Random, testSeed } from '../support/random.js';
import { viewerPackages } from './built-viewer.js';

viewerPackages();
const require = createRequire(new URL('../../web/viewer/package.json', import.meta.url));
const original = require('ndarray') as typeof ndarray;
const originalAssign = (require('ndarray-ops') as { readonly assign: typeof assign }).assign;

/** Returns everything that a user of an array can see. */
function facts(array: NdArray): unknown {
  const { shape, stride, offset, dtype, dimension, size, order } = array;
  const elements: unknown[] = [];
  const visit = (at: readonly number[]): void => {
    if (at.length === dimension) elements.push(array.get(...at));
    else for (let i = 0; i < (shape[at.length] ?? 0); i++) visit([...at, i]);
  };
  visit([]);
  return { shape: [...shape], stride: [...stride], offset, dtype, dimension, size, order: [...order].length, elements };
}

const constructors = [Float32Array, Float64Array, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint32Array];

const seed = testSeed();
test(`equals the package for random views (seed ${seed})`, () => {
  const random = new Random(seed);
  for (let round = 0; round < 400; round++) {
    const shape = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(5));
    const size = shape.reduce((product, extent) => product * extent, 1);
    const Type = random.pick([...constructors, Array]);
    const counted = Array.from({ length: size }, (_, i) => i);
    const data = (Type === Array ? counted : new (Type as Float32ArrayConstructor)(counted)) as Float32Array;
    let [own, other] = [ndarray<number>(data, shape), original<number>(data, shape)];
    expect(facts(own)).toEqual(facts(other));
    for (let step = 0; step < 3; step++) {
      const at = own.shape.map((extent) => (random.below(3) === 0 ? null : random.below(extent)));
      switch (random.below(5)) {
        case 0:
          [own, other] = [own.pick(...at), other.pick(...at)];
          break;
        case 1:
          [own, other] = [own.lo(...at), other.lo(...at)];
          break;
        case 2: {
          const ends = own.shape.map((extent) => 1 + random.below(extent));
          [own, other] = [own.hi(...ends), other.hi(...ends)];
          break;
        }
        case 3: {
          const steps = own.shape.map(() => random.pick([-2, -1, 1, 2]));
          [own, other] = [own.step(...steps), other.step(...steps)];
          break;
        }
        default: {
          const order = own.shape.map((_, d) => d).sort(() => random.below(2) - 0.5);
          [own, other] = [own.transpose(...order), other.transpose(...order)];
        }
      }
      if (own.dimension === 0) break;
      expect(facts(own)).toEqual(facts(other));
      const [copy, expected] = [new Float64Array(own.size), new Float64Array(own.size)];
      assign(ndarray<number>(copy, own.shape), own);
      originalAssign(original<number>(expected, other.shape), other);
      expect(copy).toEqual(expected);
    }
  }
});

test('sets elements of a view in the data', () => {
  const data = new Float32Array(6);
  ndarray<number>(data, [2, 3]).transpose(1, 0).set(2, 1, 7);
  expect([...data]).toEqual([0, 0, 0, 0, 0, 7]);
});

test('refuses shapes that differ', () => {
  expect(() => assign(ndarray([1, 2]), ndarray([1, 2, 3]))).toThrow('Expected the shape [2], received [3]');
});

test('contains no code that is compiled at run time', async () => {
  const { readFileSync } = await import('node:fs');
  for (const name of ['ndarray', 'ndarray-ops']) {
    const text = readFileSync(new URL(`../../web/viewer/src/arrays/${name}.ts`, import.meta.url), 'utf8');
    expect(text).not.toMatch(/\beval\b|new Function/);
  }
});
