import { expect, test } from 'vitest';
import {
  evaluate as evaluateParsed,
  parseExpression,
  type Scope,
  type Value,
} from '../../../../lib/formats/kerchunk/expression.js';

const scope: Scope = {
  valueOf: (name) => ({ i: 7, text: 'a' })[name] ?? `<${name}>`,
  call: (name, given) => `${name}(${[...given].map(([key, value]) => `${key}=${value}`).join()})`,
};

const refusal = () => new Error('refused');

function evaluate(source: string, names: Scope): Value {
  return evaluateParsed(parseExpression(source, refusal), names, refusal);
}

test.each<[string, string | number]>([
  [' 42 ', 42],
  ["'a b'", 'a b'],
  ['"a\'b"', "a'b"],
  ['i', 7],
  ['other', '<other>'],
  ['1 + 2 * 3 - 4', 3],
  ['(1 + 2) * 3', 9],
  ['10 - 2 - 3', 5],
  ['--i', 7],
  ['-i // 2', -4],
  ['-i % 3', 2],
  ['i % -3', -2],
  ['7 // 2 * 2', 6],
  ['f()', 'f()'],
  ["f(a=i + 1, b='x',)", 'f(a=8,b=x)'],
  ['f(a=g(b=1))', 'f(a=g(b=1))'],
])('%s is %s', (source, value) => {
  expect(evaluate(source, scope)).toBe(value);
});

test.each([
  '',
  '1 +',
  '(1',
  '1)',
  '1 2',
  '* 1',
  'a | b',
  "'open",
  'f(1)',
  'f(a=1 b=2)',
  'f(a=1',
  'f(a=,)',
  'f(,)',
  "'a' + 1",
  '1 // 0',
  '1 % 0',
  '9007199254740991 + 1',
  '9007199254740992',
  '9007199254740991 * 2 // 2',
  '('.repeat(101),
  '1'.concat(' + 1'.repeat(60)),
])('%s is refused', (source) => {
  expect(() => evaluate(source, scope)).toThrow('refused');
});
