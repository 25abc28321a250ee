/** `auto` against each engine on its own, in the scenarios of others. */

/** Engines that use the page cache; those that go past it can't win where all is cached. */
const cached = ['pread', 'mmap', 'uring'];

/** How near to the best engine `auto` has to come. */
const atLeast = 0.95;

/** `scenario` with an engine a contender instead of the peers; null where the data is not cached or the library is not timed. */
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
