/**
 * Makes kerchunk files whose templates and rules grow exponentially, recurse, or name files elsewhere.
 * @module
 */
import type { Random } from '../../support/random.js';
import { kerchunkDocument } from '../../support/seeds/kerchunk.js';
import { type Liar, oddNames, oddNumber } from './lie.js';

function expression(random: Random, depth: number): string {
  const kind = random.below(depth > 4 ? 4 : 9);
  if (kind === 0) return String(oddNumber(random, 2 ** 53));
  if (kind === 1) return random.pick(['i', 'j', 'u', 'f', 't0', 't1', 'missing', '__proto__']);
  if (kind === 2) return `'${'a'.repeat(random.below(50))}'`;
  if (kind === 3) return random.pick(['', '(', ')', "'", '{{', '}}', '%', '//0', '**', '-']);
  if (kind === 4) return `(${expression(random, depth + 1)})`;
  if (kind === 5) return `f(c=${expression(random, depth + 1)})`;
  if (kind === 6) return `t${random.below(20)}(i=${expression(random, depth + 1)})`;
  const sign = random.pick(['+', '-', '*', '//', '%']);
  return `${expression(random, depth + 1)} ${sign} ${expression(random, depth + 1)}`;
}

function text(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(3) }, () => `{{${expression(random, 0)}}}`);
  return `${random.pick(['', 'a/', '/', '../', ...oddNames])}${parts.join(random.pick(['', '.', '/', ' ']))}`;
}

/** Returns templates that call the previous template many times or call each other, and some random texts. */
function templates(random: Random): Record<string, string> {
  const found: Record<string, string> = { u: 'data.bin', f: '{{c}}.bin' };
  const levels = random.below(20);
  const copies = 1 + random.below(60);
  for (let n = 0; n < levels; n += 1) {
    found[`t${n}`] =
      random.below(4) === 0 ? text(random) : `{{t${n === 0 ? random.below(levels) : n - 1}}}`.repeat(copies);
  }
  if (random.below(4) === 0) found['u'] = `{{t${random.below(20)}}}`;
  return found;
}

function dimensions(random: Random): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const count = random.below(8) === 0 ? random.below(1000) : random.below(4);
  for (let n = 0; n < count; n += 1) {
    const name = ['i', 'j', 'k', `d${n}`, random.pick(oddNames)][Math.min(n, 4)] ?? 'i';
    const range = { start: oddNumber(random, 100), stop: oddNumber(random, 2 ** 53), step: oddNumber(random, 2 ** 53) };
    const kind = random.below(4);
    if (kind === 0) found[name] = range;
    else if (kind === 1) found[name] = { stop: oddNumber(random, 2 ** 24) };
    else if (kind === 2) found[name] = Array.from({ length: random.below(50) }, () => oddNumber(random, 2 ** 53));
    else found[name] = { stop: random.below(10) };
  }
  return found;
}

function reference(random: Random): unknown {
  const kind = random.below(6);
  if (kind === 0)
    return `base64:${random.pick(['', ' ', '=', 'AA==', 'AAAA', '!'.repeat(50), 'A'.repeat(101), ' '.repeat(3000)])}`;
  if (kind === 1) return random.pick(oddNames);
  if (kind === 2) return [text(random)];
  if (kind === 3) return [text(random), oddNumber(random, 2 ** 64), oddNumber(random, 2 ** 64)];
  if (kind === 4) return { a: [oddNumber(random, 2 ** 53)] };
  return ['data.bin', oddNumber(random, 128), oddNumber(random, 128)];
}

export const kerchunkLiar: Liar = {
  name: 'kerchunk',
  lie(random) {
    const refs: Record<string, unknown> = { ...kerchunkDocument.refs };
    for (const key of Object.keys(refs)) {
      if (random.below(4) === 0 && /\d\.\d$/.test(key)) refs[key] = reference(random);
    }
    for (let n = random.below(3); n > 0; n -= 1)
      refs[random.pick(['a/0.0', 'a/9.9', 'b/.zarray', ...oddNames])] = reference(random);
    const rule = (): object => ({
      key: random.pick(['g/{{i}}.{{j}}', text(random)]),
      url: random.pick(['{{u}}', 'data.bin', text(random)]),
      ...(random.below(2) === 0
        ? { offset: text(random), length: text(random) }
        : { offset: '{{i * 12}}', length: '12' }),
      dimensions: dimensions(random),
    });
    const document = {
      version: random.below(10) === 0 ? oddNumber(random, 2 ** 53) : 1,
      templates: templates(random),
      gen: Array.from({ length: random.below(4) }, rule),
      refs,
    };
    const written = JSON.stringify(document);
    const data = Uint8Array.from({ length: 96 }, (_, i) => i);
    return {
      what: `kerchunk: ${written.slice(0, 2000)}`,
      path: '/k/refs.json',
      files: { '/k/refs.json': written, '/k/data.bin': data },
      arrays: ['a', 'g', null],
    };
  },
};
