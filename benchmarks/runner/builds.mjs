/** Compares this build of the library with another one, for example of an older commit. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Minimum speed of this build relative to the other one. */
const atLeast = 0.95;

/** Returns the URL of the entry point of the build in `checkout`. */
export function findBuild(checkout) {
  const entry = resolve(checkout, 'dist', 'index.js');
  if (!existsSync(entry)) throw new Error(`Expected a build at ${entry}: run \`npm run build\` there`);
  return pathToFileURL(entry).href;
}

/**
 * Returns `scenario` with two builds of the library as its contenders: `posix-par` and `before`. Returns null if the
 * library is not among the contenders of `scenario`.
 * @param {object} scenario see scenarios/
 * @param {string} entry URL of the entry point of the other build
 */
export function withBuild(scenario, entry) {
  const { 'posix-par': ours } = scenario.contenders;
  if (ours === undefined) return null;
  const env = { POSIX_PAR_BENCH_LIBRARY: entry };
  const before = { ...ours, use: ours.use ?? 'posix-par', kind: 'ours', title: 'before', env };
  return {
    ...scenario,
    contenders: { 'posix-par': ours, before },
    targets: [{ faster: 'posix-par', than: ['before'], atLeast }],
  };
}

/** Returns a line with the geometric mean of the speeds of this build relative to the other one. */
export function meanLine(results) {
  const ratios = results.flatMap(({ verdicts }) => verdicts.map(({ reached }) => reached));
  if (ratios.length === 0) return 'No scenario ran with both builds';
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  return `Geometric mean of the speed relative to the other build: ${mean.toFixed(3)} (${ratios.length} scenarios)`;
}
