/** Runs the contenders of a scenario. In each round, they run one after the other. */
import { join } from 'node:path';
import { Cell } from './cell.mjs';
import { measureBusy } from './machine.mjs';
import { summary } from './measures.mjs';
import { cache } from './places.mjs';
import { elementsOf } from './selection.mjs';
import { judge } from './targets.mjs';
import { expectedChecksum, makeData, pageCache, touchMemory } from './tools.mjs';

/** Duration of the first round above which a contender counts as slow and gets fewer rounds. */
const slowMs = 3000;
const slowRounds = 3;

function bytesOf(selections, shape) {
  return selections.reduce((bytes, selection) => bytes + 4 * elementsOf(selection, shape), 0);
}

/**
 * Returns the share of the files that is in the page cache. Throws if `wanted` is `warm` and the share is less than
 * `leastWarm`, or if `wanted` is `cold` and the share is more than 2 %.
 */
function checkCache(wanted, paths, leastWarm = 0.999) {
  const { bytes, cachedBytes } = pageCache('state', paths);
  const share = bytes === 0 ? 1 : cachedBytes / bytes;
  if (wanted === 'warm' ? share < leastWarm : share > 0.02) {
    throw new Error(
      `Expected the files to be ${wanted}, found ${(100 * share).toFixed(1)} % of them in the page cache`,
    );
  }
  return share;
}

/**
 * Evicts the files of all contenders (`states`) from the page cache, after their processes unmapped them. Before the
 * eviction, reads the file of the contender `next`, unless the whole scenario uses direct reads (`isDirect`). The
 * reason is that a virtual machine may return free memory to its host within seconds (free page reporting of
 * virtio-balloon), and getting it back takes 1.4 s per GiB. Without the read, a contender that follows one with direct
 * reads would need this time, because direct reads leave memory free.
 */
async function chill(states, next, isDirect) {
  for (const { cell, kind } of states) if (kind !== 'floor') await cell?.ask('cool');
  const paths = [...new Set(states.map(({ path }) => path))];
  if (!isDirect) pageCache('warm', [next.path]);
  pageCache('cold', paths);
  checkCache('cold', paths);
}

/** Starts a contender and checks what it reads. If it fails, the result has no `cell` but the reason as `problem`. */
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
    const memoryMatters = state.kind === 'ours' && scenario.cache !== 'cold' && options.measuresItself !== true;
    if (memoryMatters) state.peakBytes = await cell.peakMemory();
    state.cell = cell;
  } catch (error) {
    state.problem = error.message.split('\n')[0];
    log(`  ${name} failed to start: ${error.message}`);
    await cell?.end();
  }
  return state;
}

/**
 * Returns how much memory is touched before a round. Without this, a contender that runs after a slow one waits until
 * the host provides memory again (see chill()), and the next contender does not.
 */
function memoryOf({ selections, shape }) {
  return Math.min(6 * 2 ** 30, 2 * bytesOf(selections, shape) + 2 ** 29);
}

async function runRounds(scenario, states, rounds, log) {
  for (let round = 0; round <= rounds; round++) {
    for (const state of states) {
      if (state.cell === undefined || state.limit <= state.rounds.length) continue;
      try {
        if (scenario.cache === 'cold') await chill(states, state, scenario.isDirect === true);
        else touchMemory(memoryOf(scenario));
        const answer = await state.cell.ask(`round ${scenario.repeats}`);
        const slow = answer.ms[0] * scenario.repeats > slowMs;
        if (round === 0 && slow) state.limit = Math.min(rounds, slowRounds);
        // Drops the first round, which warms caches and compilers.
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

/** Creates the data for the `wanted` contenders. Returns the names of the data sets and the expected checksum. */
function prepare(scenario, wanted) {
  const files = [...new Set(wanted.map(([, { data }]) => data ?? scenario.data))];
  makeData([...new Set([scenario.reference, ...files])]);
  scenario.before?.();
  const { reference, selections, isReshaped, shape, computes } = scenario;
  const given = isReshaped === true ? shape : null;
  return { files, expected: expectedChecksum(join(cache, reference), selections, given, computes) };
}

/**
 * Compares the result of each selected contender with the reference. The filter `contenders` selects them by name.
 * Skips contenders whose results cannot be checked (`unchecked`). Returns the number of contenders that are wrong or
 * failed.
 */
export async function checkScenario(scenario, { contenders, log }) {
  const wanted = Object.entries(scenario.contenders).filter(([name]) => contenders(name));
  const { expected } = prepare(scenario, wanted);
  let wrong = 0;
  for (const [name, options] of wanted) {
    if (options.unchecked === true) continue;
    const { cell } = await startCell(scenario, name, { ...options, measuresItself: true }, expected, log);
    if (cell === undefined) wrong++;
    else log(`  ${name} is correct`);
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
  // Empties the page cache and fills it again with sequential reads, for which the kernel creates large groups of pages
  // (folios). Reads of pages that were cached one by one (by a mapping or POSIX_FADV_WILLNEED) take 1.4 times as long.
  if (scenario.cache === 'warm') {
    pageCache('cold', paths);
    pageCache('warm', paths);
  }
  touchMemory(memoryOf(scenario));
  const before = await measureBusy();
  const states = [];
  let cachedShare = null;
  try {
    for (const [name, options] of wanted) states.push(await startCell(scenario, name, options, expected, log));
    if (scenario.cache === 'warm') {
      // Kernels with proactive reclaim (DAMON) may have evicted pages while the contenders started.
      pageCache('warm', paths);
      checkCache('warm', paths);
    }
    await runRounds(scenario, states, rounds, log);
    if (scenario.cache === 'warm') cachedShare = checkCache('warm', paths, scenario.leastWarm ?? 0.99);
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
