/** Compares the engine `auto` with every engine that uses the page cache. */

/** Engines that use the page cache. Direct engines cannot win if the data is cached. */
const cached = ['pread', 'mmap', 'uring'];

/** Minimum speed of `auto` relative to the fastest engine. */
const atLeast = 0.95;

/**
 * Returns `scenario` with one contender per engine. Returns null if the scenario does not read cached data, or if the
 * library is not among its contenders.
 */
export function withEngines(scenario) {
  const { 'posix-par': ours } = scenario.contenders;
  if (scenario.cache !== 'warm' || ours === undefined || (ours.use ?? 'posix-par') !== 'posix-par') return null;
  const contenders = { 'posix-par': ours };
  for (const engine of cached) {
    const options = { ...ours.options, engine };
    contenders[`engine-${engine}`] = { ...ours, use: 'posix-par', kind: 'ours', options, measuresItself: true };
  }
  const targets = [{ faster: 'posix-par', than: Object.keys(contenders).slice(1), atLeast }];
  return { ...scenario, contenders, targets };
}
