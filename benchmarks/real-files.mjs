/**
 * Compares posix-par, on real files, with the libraries that people usually read them with.
 *
 * Usage: node benchmarks/real-files.mjs [ROUNDS]
 *
 * Reads a global atmospheric grid (LinkeTurbidities.h5 of pvlib; compared with h5py), and the surface temperature of a
 * climate model (CMIP6, from the tests of pyfive; compared with netCDF4). Each is read from a warm page cache, as a
 * whole and in part (one month, one place). test/conformance/hdf5/corpora.py gets the files from their packages. Each
 * contender runs in its own process. Contenders alternate, their bytes are compared before the measurement, and the
 * first round is discarded.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { python, root } from './runner/places.mjs';

const rounds = Number(process.argv[2] ?? 9);
const corpus = (name) =>
  execFileSync(python, [join(root, 'test/conformance/hdf5/corpora.py'), name], { encoding: 'utf8' }).trim();
const find = (folder, name) =>
  join(
    folder,
    readdirSync(folder, { recursive: true }).find((path) => path.endsWith(name)),
  );

const ours = `
import { openArray } from ${JSON.stringify(join(root, 'dist/index.js'))};
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
const [path, array, selection] = process.argv.slice(1);
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const handle = await openArray(path, { array });
  const { data } = await handle.read(selection);
  await handle.close();
  const ms = performance.now() - start;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const hash = line === 'hash' ? createHash('sha256').update(bytes).digest('hex') : '';
  console.log(JSON.stringify({ ms, hash }));
}`;
const theirs = (open, get) => `
import hashlib, json, sys, time
import numpy as np
${open}
path, array, selection = sys.argv[1:]
index = eval(f"np.s_[{selection}]")
for line in sys.stdin:
    start = time.perf_counter()
    ${get}
    ms = (time.perf_counter() - start) * 1e3
    hash = hashlib.sha256(np.ascontiguousarray(data).tobytes()).hexdigest() if line.strip() == "hash" else ""
    print(json.dumps({"ms": ms, "hash": hash}), flush=True)
`;
const h5py = theirs('import h5py', 'with h5py.File(path) as f: data = f[array][index]');
const netcdf4 = theirs(
  'import netCDF4',
  'f = netCDF4.Dataset(path); f.set_auto_maskandscale(False); data = f[array][index]; f.close()',
);

function contender(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (what) => {
    child.stdin.write(`${what}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return { ask, end: () => child.stdin.end() };
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const grid = find(corpus('pvlib'), 'LinkeTurbidities.h5');
const model = find(corpus('pyfive'), 'cmip_bad_eg.nc');
for (const [title, path, array, selection, peer, program] of [
  ['pvlib grid, whole', grid, 'LinkeTurbidity', ':', 'h5py', h5py],
  ['pvlib grid, one month', grid, 'LinkeTurbidity', ':, :, 6', 'h5py', h5py],
  ['CMIP6 tas, whole', model, 'tas', ':', 'netCDF4', netcdf4],
  ['CMIP6 tas, one place', model, 'tas', ':, 70, 90', 'netCDF4', netcdf4],
]) {
  const cells = {
    'posix-par': contender(process.execPath, ['--input-type=module', '-e', ours, path, array, selection]),
    [peer]: contender(python, ['-c', program, path, array, selection]),
  };
  const hashes = [];
  for (const cell of Object.values(cells)) hashes.push((await cell.ask('hash')).hash);
  if (hashes[0] !== hashes[1]) throw new Error(`${title}: the contenders read different bytes`);
  const times = { 'posix-par': [], [peer]: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, cell] of Object.entries(cells)) {
      const { ms } = await cell.ask('read');
      if (round > 0) times[name].push(ms);
    }
  }
  for (const cell of Object.values(cells)) cell.end();
  const [a, b] = [median(times['posix-par']), median(times[peer])];
  console.log(
    `${title.padEnd(24)} posix-par ${a.toFixed(1)} ms, ${peer} ${b.toFixed(1)} ms: ${(b / a).toFixed(1)} times`,
  );
}
