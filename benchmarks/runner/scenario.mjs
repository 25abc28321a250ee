/** Runs one scenario: all its cells in turns, round by round. */
import { join } from 'node:path';
import { Cell } from './cell.mjs';
import { measureBusy } from './machine.mjs';
import { summary } from './measures.mjs';
import { cache } from './places.mjs';
import { elementsOf } from './selection.mjs';
import { judge } from './targets.mjs';
import { expectedChecksum, makeData, pageCache, touchMemory } from './tools.mjs';

/** Slow contenders get fewer rounds: those that took longer than this in the first one. */
const slowMs = 3000;
const slowRounds = 3;

function bytesOf(selections, shape) {
  return selections.reduce((bytes, selection) => bytes + 4 * elementsOf(selection, shape), 0);
}

/** The files of a contender have to be wholly in the cache, or not at all. */
function checkCache(wanted, paths, leastWarm = 0.999) {
  const { bytes, cachedBytes } = pageCache('state', paths);
  const share = bytes === 0 ? 1 : cachedBytes / bytes;
  if (wanted === 'warm' ? share < leastWarm : share > 0.02) {
    throw new Error(`Expected the data ${wanted}, found ${(100 * share).toFixed(1)} % of it in the page cache`);
  }
  return share;
}

/**
 * Takes the files of `states` out of the page cache; processes that map them let go first. `next` is the one whose turn it
 * is: its file is read first, so that the memory that the page cache takes for it is there. A virtual machine may give free
 * memory back to its host after seconds (free page reporting of virtio-balloon); whoever takes it again pays 1.4 s a GiB,
 * and that would be whichever contender follows one that left the page cache alone.
 */
async function chill(states, next, isDirect) {
  for (const { cell, kind } of states) if (kind !== 'floor') await cell?.ask('cool');
  const paths = [...new Set(states.map(({ path }) => path))];
  if (!isDirect) pageCache('warm', [next.path]);
  pageCache('cold', paths);
  checkCache('cold', paths);
}

/** A contender of a scenario, started and verified; without `cell` where it can't be: then `problem` says why. */
async function startCell(scenario, name, options, expected, log) {
  const { use = name, data = scenario.data, env = {}, ...rest } = options;
  const path = join(cache, data);
  const config = {
    path,
    shape: scenario.shape,
    selections: scenario.selections,
    into: scenario.into,
    sync: false,
    threads: scenario.threads,
    ...rest,
  };
  const state = {
    name,
    title: options.title ?? name,
    path,
    rounds: [],
    kind: options.kind ?? (name.startsWith('posix-par') ? 'ours' : 'peer'),
  };
  let cell;
  try {
    cell = new Cell(use, config, env);
    await cell.ready();
    if (options.unchecked !== true) {
      const { checksum } = await cell.ask('verify');
      if (checksum !== expected) throw new Error(`Wrong data: expected the checksum ${expected}, received ${checksum}`);
    }
    const memoryMatters = state.kind === 'ours' && scenario.cache === 'warm' && options.measuresItself !== true;
    if (memoryMatters) state.peakBytes = await cell.peakMemory();
    state.cell = cell;
  } catch (error) {
    state.problem = error.message.split('\n')[0];
    log(`  ${name} does not take part: ${error.message}`);
    await cell?.end();
  }
  return state;
}

async function runRounds(scenario, states, rounds, log) {
  for (let round = 0; round <= rounds; round++) {
    for (const state of states) {
      if (state.cell === undefined || state.limit <= state.rounds.length) continue;
      try {
        if (scenario.cache === 'cold') await chill(states, state, scenario.isDirect === true);
        const answer = await state.cell.ask(`round ${scenario.repeats}`);
        const slow = answer.ms[0] * scenario.repeats > slowMs;
        if (round === 0 && slow) state.limit = Math.min(rounds, slowRounds);
        // The first round pays for caches and compilers, and is dropped.
        if (round > 0) state.rounds.push(answer);
      } catch (error) {
        state.problem = error.message.split('\n')[0];
        log(`  ${state.name} failed: ${error.message}`);
        await state.cell.end();
        state.cell = undefined;
      }
    }
  }
}

/** Makes the data that `wanted` contenders need; the names of their data sets, and the expected checksum. */
function prepare(scenario, wanted) {
  const files = [...new Set(wanted.map(([, { data }]) => data ?? scenario.data))];
  makeData([...new Set([scenario.reference, ...files])]);
  scenario.before?.();
  const { reference, selections, isReshaped, shape } = scenario;
  return { files, expected: expectedChecksum(join(cache, reference), selections, isReshaped === true ? shape : null) };
}

/** Compares what each contender reads with the reference; how many are wrong or can't take part. */
export async function checkScenario(scenario, { contenders, log }) {
  const wanted = Object.entries(scenario.contenders).filter(([name]) => contenders(name));
  const { expected } = prepare(scenario, wanted);
  let wrong = 0;
  for (const [name, options] of wanted) {
    if (options.unchecked === true) continue;
    const { cell } = await startCell(scenario, name, { ...options, measuresItself: true }, expected, log);
    if (cell === undefined) wrong++;
    else log(`  ${name} is right`);
    await cell?.end();
  }
  return wrong;
}

/**
 * @param {object} scenario see scenarios/
 * @param {{rounds: number, contenders: (name: string) => boolean, log: (line: string) => void}} options
 */
export async function runScenario(scenario, { rounds, contenders, log }) {
  const wanted = Object.entries(scenario.contenders).filter(([name]) => contenders(name));
  const { files, expected } = prepare(scenario, wanted);
  const bytes = bytesOf(scenario.selections, scenario.shape);
  const paths = files.map((name) => join(cache, name));
  // Read anew from the first byte to the last: of pages that came one by one (readahead of a mapping, POSIX_FADV_WILLNEED)
  // a read takes 1.4 times as long as of the large folios that the kernel makes for a sequential reader.
  if (scenario.cache === 'warm') {
    pageCache('cold', paths);
    pageCache('warm', paths);
  }
  touchMemory(Math.min(6 * 2 ** 30, 2 * bytes + 2 ** 28));
  const before = await measureBusy();
  const states = [];
  let cachedShare = null;
  try {
    for (const [name, options] of wanted) states.push(await startCell(scenario, name, options, expected, log));
    if (scenario.cache === 'warm') {
      // Kernels that reclaim before they have to (DAMON) took pages while the contenders started.
      pageCache('warm', paths);
      checkCache('warm', paths);
    }
    await runRounds(scenario, states, rounds, log);
    if (scenario.cache === 'warm') cachedShare = checkCache('warm', paths, 0.99);
  } finally {
    for (const state of states) await state.cell?.end();
  }
  const after = await measureBusy();
  const cells = {};
  for (const { name, title, kind, rounds: measured, peakBytes, problem } of states) {
    cells[name] = { name, title, kind, rounds: measured };
    if (measured.length > 0) cells[name].summary = summary(measured);
    if (peakBytes !== undefined) cells[name].peakBytes = peakBytes;
    if (problem !== undefined) cells[name].problem = problem;
  }
  return {
    name: scenario.name,
    group: scenario.group,
    title: scenario.title,
    cache: scenario.cache,
    cachedShare,
    threads: scenario.threads,
    bytes,
    reads: scenario.selections.length,
    machine: { before, after },
    cells,
    verdicts: judge(scenario.targets, cells),
  };
}
