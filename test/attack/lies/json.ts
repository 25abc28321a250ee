/**
 * Makes JSON documents with hostile values, with missing, duplicate or renamed members, and with deep nesting.
 * @module
 */
import { hostileJson, valuePlaces } from '../../support/json-lies.js';
import type { Random } from '../../support/random.js';
import { kerchunkSeeds } from '../../support/seeds/kerchunk.js';
import { bytesOf, type Seed } from '../../support/seeds/seed.js';
import { smallFormatSeeds } from '../../support/seeds/small-formats.js';
import { zarrSeeds } from '../../support/seeds/zarr.js';
import { type Liar, oddNames, oddNumber } from './lie.js';

/** Seeds whose mutated content is a JSON document. */
const documents: readonly Seed[] = [...zarrSeeds, ...kerchunkSeeds, ...smallFormatSeeds].filter(
  ({ content }) => content[0] === 0x7b,
);

/** Replaces one value of the text. */
function replaceValue(text: string, random: Random): string {
  const [start, end] = random.pick(valuePlaces(text));
  return text.slice(0, start) + oddValue(random, text) + text.slice(end);
}

function oddValue(random: Random, text: string): string {
  const kind = random.below(6);
  if (kind === 0) return String(oddNumber(random, Number.POSITIVE_INFINITY));
  if (kind === 1) return JSON.stringify(random.pick(oddNames));
  if (kind === 2) {
    const [start, end] = random.pick(valuePlaces(text));
    return text.slice(start, end);
  }
  if (kind === 3) {
    const depth = 1 + random.below(64);
    const [start, end] = random.pick(valuePlaces(text));
    return `${'['.repeat(depth)}${text.slice(start, end)}${']'.repeat(depth)}`;
  }
  if (kind === 4) return `[${Array.from({ length: random.below(40) }, () => oddNumber(random, 2 ** 53)).join(',')}]`;
  return random.pick(hostileJson);
}

/** Renames or duplicates a member, adds a member or spaces before it, or removes its name, which breaks the syntax. */
function breakStructure(text: string, random: Random): string {
  const members = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*:/g)];
  if (members.length === 0) return text;
  const { index, 0: member } = random.pick(members);
  const kind = random.below(5);
  if (kind === 0)
    return `${text.slice(0, index)}${JSON.stringify(random.pick(oddNames))}:${text.slice(index + member.length)}`;
  if (kind === 1) return `${text.slice(0, index)}${member}${oddValue(random, text)},${text.slice(index)}`;
  if (kind === 2) return `${text.slice(0, index)}"":0,${text.slice(index)}`;
  if (kind === 3) return `${text.slice(0, index)}${' '.repeat(1 + random.below(5000))}${text.slice(index)}`;
  return text.slice(0, index) + text.slice(index + member.length);
}

export const jsonLiar: Liar = {
  name: 'json',
  lie(random) {
    const seed = random.pick(documents);
    let text = new TextDecoder().decode(seed.content);
    for (let n = 1 + random.below(3); n > 0; n -= 1) {
      text = random.below(4) === 0 ? breakStructure(text, random) : replaceValue(text, random);
      if (valuePlaces(text).length === 0) break;
    }
    const what = `${seed.name}: ${text.slice(0, 2000)}`;
    return { what, path: seed.path, files: seed.files(bytesOf(text)), arrays: seed.arrays };
  },
};
