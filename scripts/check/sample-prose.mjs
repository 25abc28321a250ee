/**
 * Prints random comments and paragraphs for a reader to judge:
 * `node scripts/check/sample-prose.mjs [--seed N] [--count N]`.
 * The same seed gives the same sample for the same files.
 */
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { commentsOf, paragraphsOf, projectFiles } from './prose.mjs';

const { values: options } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '100' } },
});

/** Returns a function that returns the next pseudo-random number in [0, 1) of a linear congruential generator. */
function createRandom(seed) {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 1n);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 40n) / 2 ** 24;
  };
}

const passages = projectFiles().flatMap(([path, text]) => {
  const found = path.endsWith('.md') ? paragraphsOf(text) : commentsOf(text, extname(path));
  return found.map(({ line, text: words }) => ({ path, line, words }));
});
const random = createRandom(options.seed);
for (let n = Math.min(Number(options.count), passages.length); n > 0; n--) {
  const [passage] = passages.splice(Math.floor(random() * passages.length), 1);
  console.log(`${passage.path}:${passage.line}: ${passage.words}`);
}
