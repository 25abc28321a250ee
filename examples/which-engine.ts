/**
 * Finds the engine that reads a selection fastest on this machine: node which-engine.ts PATH [SELECTION] [ROUNDS]
 *
 * The engines are measured alternately, so that other load on the machine affects all of them. After the first read
 * through the page cache, the data is cached; to compare uncached reads, call evict() before each read.
 */
import { engineNames, openArray } from 'posix-par';

const [, , path = 'volume.npy', selection = '...', roundsText = '5'] = process.argv;
const array = await openArray(path);
const times = new Map<string, { ms: number[]; as: string }>();
for (let round = 0; round < Number(roundsText); round++) {
  for (const engine of engineNames) {
    const { stats } = await array.read(selection, { engine });
    const entry = times.get(engine) ?? { ms: [], as: stats.engine };
    entry.ms.push(stats.elapsedMs);
    times.set(engine, entry);
  }
}
await array.close();
for (const [engine, { ms, as }] of times) {
  ms.sort((a, b) => a - b);
  const median = ms[ms.length >> 1] ?? 0;
  console.log(
    `${engine.padEnd(12)} ${median.toFixed(2).padStart(9)} ms  ${as === engine ? '' : `(ran as ${as})`}`.trimEnd(),
  );
}
