/**
 * Measures how long the event loop is blocked if a read or `explain()` has millions of chunks or indices.
 *
 * Usage: node benchmarks/event-loop.mjs [--only TEXT] [--json FILE]
 *
 * Each case runs in its own process. It reports:
 * - the delay of a timer (perf_hooks, 99th percentile and maximum, without the timer's own interval of 1 ms);
 * - the longest time between two iterations of the event loop;
 * - the longest CPU time of the main thread between two iterations. Use this number if other programs keep the cores
 *   busy, because then timers are late for other reasons.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openArray } from '../dist/index.js';
import { benchmarks, python } from './runner/places.mjs';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, case: { type: 'string' }, data: { type: 'string' } },
});

/** Writes a Zarr array of `count` one-byte chunks, all of which are absent. */
function writeZarr(directory, count) {
  const side = Math.ceil(Math.sqrt(count));
  const path = join(directory, `z${count}.zarr`);
  mkdirSync(path, { recursive: true });
  const document = {
    zarr_format: 2,
    shape: [side, side],
    chunks: [1, 1],
    dtype: '|u1',
    compressor: null,
    filters: null,
    fill_value: 7,
    order: 'C',
    dimension_separator: '/',
  };
  writeFileSync(join(path, '.zarray'), JSON.stringify(document));
  return path;
}

/** Writes a sparse file of raw data. */
function writeRaw(directory, elements) {
  const path = join(directory, `r${elements}.bin`);
  writeFileSync(path, '');
  truncateSync(path, elements * 4);
  return path;
}

function randomIndices(count, below) {
  const indices = new Uint32Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    indices[i] = Math.floor((state / 2 ** 32) * below);
  }
  return indices;
}

const raw = (elements) => ({ format: 'raw', shape: [elements], dtype: 'float32' });

/** @type {Record<string, (directory: string) => Promise<() => unknown>>} */
const cases = {};
for (const count of [1e5, 1e6, 1e7]) {
  cases[`read of ${count} absent chunks`] = async (directory) => {
    const array = await openArray(writeZarr(directory, count));
    return () => array.read();
  };
}
for (const count of [1e6, 1e7]) {
  cases[`read of ${count} random indices`] = async (directory) => {
    const array = await openArray(writeRaw(directory, 2e7), raw(2e7));
    const list = randomIndices(count, 2e7);
    return () => array.read([list]);
  };
  cases[`read of ${count} random indices as numbers`] = async (directory) => {
    const array = await openArray(writeRaw(directory, 2e7), raw(2e7));
    const list = [...randomIndices(count, 2e7)];
    return () => array.read([list]);
  };
  cases[`explanation of ${count} random indices`] = async (directory) => {
    const array = await openArray(writeRaw(directory, 2e7), raw(2e7));
    const list = randomIndices(count, 2e7);
    return () => array.explainAsync([list]);
  };
}
for (const [index, count] of [
  ['implicit', 1e6],
  ['implicit', 1e7],
  ['fixed', 1e6],
  ['fixed', 1e7],
]) {
  const name = index === 'implicit' ? 'an implicit index' : 'a fixed array';
  cases[`read of ${count} chunks of ${name}`] = async (directory) => {
    const array = await openArray(writeHdf5(directory, count, index));
    return () => array.read();
  };
  cases[`explanation of ${count} chunks of ${name}`] = async (directory) => {
    const array = await openArray(writeHdf5(directory, count, index));
    return () => array.explainAsync();
  };
}
for (const [count, shards] of [
  [1e6, 1],
  [1e7, 2],
]) {
  cases[`read of ${count} chunks in ${shards} shards`] = async (directory) => {
    const array = await openArray(writeShards(directory, count, shards));
    return () => array.read();
  };
}
cases['read of 1000000 missing files of references'] = async (directory) => {
  const array = await openArray(writeReferences(directory, 1e6), { array: 'a' });
  return () => array.read();
};
for (const count of [4.2e6, 1e7]) {
  cases[`explanation of ${count} chunks`] = async (directory) => {
    const array = await openArray(writeZarr(directory, count));
    return () => array.explainAsync();
  };
}

/** Writes an HDF5 dataset of `count` one-byte chunks. @param index 'implicit', or 'fixed' for a fixed array */
function writeHdf5(directory, count, index) {
  const path = join(directory, `${index}${count}.h5`);
  execFileSync(python, [join(benchmarks, 'data', 'many_chunks.py'), path, String(count), index]);
  return path;
}

/** Writes a Zarr array of `count` one-byte chunks in `shards` shards. */
function writeShards(directory, count, shards) {
  const path = join(directory, `s${count}.zarr`);
  mkdirSync(join(path, 'c'), { recursive: true });
  const inShard = count / shards;
  const bytes = { name: 'bytes', configuration: { endian: 'little' } };
  const sharding = { chunk_shape: [1], codecs: [bytes], index_codecs: [bytes, { name: 'crc32c' }] };
  const document = {
    zarr_format: 3,
    node_type: 'array',
    shape: [count],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [inShard] } },
    chunk_key_encoding: { name: 'default' },
    codecs: [{ name: 'sharding_indexed', configuration: { ...sharding, index_location: 'end' } }],
    fill_value: 0,
  };
  writeFileSync(join(path, 'zarr.json'), JSON.stringify(document));
  const shard = Buffer.alloc(inShard * 17 + 4);
  for (let i = 0; i < inShard; i++) {
    shard.writeBigUInt64LE(BigInt(i), inShard + 16 * i);
    shard.writeBigUInt64LE(1n, inShard + 16 * i + 8);
  }
  shard.writeUInt32LE(crc32c(shard.subarray(inShard, -4)), inShard * 17);
  for (let i = 0; i < shards; i++) writeFileSync(join(path, 'c', String(i)), shard);
  return path;
}

/** Returns the CRC-32C of `bytes`. */
function crc32c(bytes) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
    return sum;
  });
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ table[(sum ^ byte) & 0xff];
  return ~sum >>> 0;
}

/** Writes kerchunk references to `count` chunks of one byte, each in another file. None of these files exists. */
function writeReferences(directory, count) {
  const path = join(directory, `references${count}.json`);
  const document = { zarr_format: 2, shape: [count], chunks: [1], dtype: '|u1', compressor: null };
  const zarray = JSON.stringify({ ...document, filters: null, fill_value: 7, order: 'C' });
  const refs = { '.zgroup': '{"zarr_format":2}', 'a/.zarray': zarray };
  for (let i = 0; i < count; i++) refs[`a/${i}`] = [`files/${i}.raw`, 0, 1];
  writeFileSync(path, JSON.stringify({ version: 1, refs }));
  return path;
}

/** Returns a clock of the CPU time of the main thread, in milliseconds. */
function threadClock() {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const memory = Buffer.alloc(64);
  return {
    now: () => Number(memory.toString('latin1', 0, readSync(file, memory, 0, 64, 0)).split(' ')[0]) / 1e6,
    close: () => closeSync(file),
  };
}

async function measure(name) {
  const act = await cases[name](options.data);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const resolutionMs = 1;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const cpu = threadClock();
  let longest = 0;
  let longestCpu = 0;
  let last = performance.now();
  let lastCpu = cpu.now();
  let isRunning = true;
  const turn = () => {
    const now = performance.now();
    const nowCpu = cpu.now();
    longest = Math.max(longest, now - last);
    longestCpu = Math.max(longestCpu, nowCpu - lastCpu);
    last = now;
    lastCpu = nowCpu;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  delay.enable();
  // Discards the first interval, which began before the measurement.
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.reset();
  longest = 0;
  longestCpu = 0;
  const begin = performance.now();
  let failure = null;
  try {
    await act();
  } catch (error) {
    failure = String(error.message).slice(0, 100);
  }
  const totalMs = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  isRunning = false;
  cpu.close();
  const round = (ns) => Math.max(0, Math.round(ns / 1e5 - 10 * resolutionMs) / 10);
  return {
    name,
    totalMs: Math.round(totalMs),
    p99Ms: round(delay.percentile(99)),
    maxMs: round(delay.max),
    longestTurnMs: Math.round(longest * 10) / 10,
    longestTurnCpuMs: Math.round(longestCpu * 10) / 10,
    rssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    failure,
  };
}

if (options.case === undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'posix-par-event-loop-'));
  const results = [];
  try {
    for (const name of Object.keys(cases)) {
      if (options.only !== undefined && !name.includes(options.only)) continue;
      const output = execFileSync(process.execPath, [import.meta.filename, '--case', name, '--data', directory]);
      const result = JSON.parse(output.toString());
      results.push(result);
      const { totalMs, p99Ms, maxMs, longestTurnMs, longestTurnCpuMs, rssMiB, failure } = result;
      const text =
        `${name}: ${totalMs} ms in total, delay p99 ${p99Ms} ms, max ${maxMs} ms, ` +
        `longest iteration ${longestTurnMs} ms (${longestTurnCpuMs} ms of CPU), RSS ${rssMiB} MiB`;
      process.stdout.write(`${text}${failure === null ? '' : ` (${failure})`}\n`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
} else {
  process.stdout.write(JSON.stringify(await measure(options.case)));
  process.exit(0);
}
