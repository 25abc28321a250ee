/**
 * Measures `posix-par serve`: `node benchmarks/serving.mjs GROUP...`. Verifies the replies first, then prints tables in
 * Markdown. Without a group, lists the groups. Each takes less than 140 s with the default settings. Needs
 * `npm run build:ts`, an addon, the Python environment of the tests, and for `viewer` Chromium.
 *
 * The servers run in processes of their own, and their rounds alternate. The first round is not counted. Variables of
 * the environment: `ROUNDS` (5), `SECONDS` of a round of each contender (2; 0.5 for `transport`), `SERVE_PYTHON`, a
 * Python with Tiled, h5grove, xpublish and uvicorn:
 *
 *   python3 -m venv .cache/serve-venv
 *   .cache/serve-venv/bin/pip install -r benchmarks/serving/requirements.txt
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { groups } from './serving/groups.mjs';
import { chunkCount } from './serving/servers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const largeBytes = 2 ** 30;

/** Writes a Zarr array whose stored chunks have 1 MiB. Random bytes do not compress. */
function writeStored(folder) {
  fs.mkdirSync(`${folder}/root/z/c`, { recursive: true });
  for (let c = 0; c < chunkCount; c++) {
    const bytes = crypto.getRandomValues(Buffer.alloc(1 << 16));
    const chunk = Buffer.concat(Array.from({ length: 16 }, () => crypto.getRandomValues(Buffer.from(bytes))));
    fs.writeFileSync(`${folder}/root/z/c/${c}`, gzipSync(chunk, { level: 1 }));
  }
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [chunkCount << 20],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [1 << 20] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }, { name: 'gzip', configuration: { level: 1 } }],
  };
  fs.writeFileSync(`${folder}/root/z/zarr.json`, JSON.stringify(metadata));
}

/** Writes a file of 1 GiB that is both one line and a stack of planes of 1024². */
function writeLarge(folder) {
  const part = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => ((i >> 10) + i) & 255));
  const file = fs.openSync(`${folder}/root/m.raw`, 'w');
  for (let at = 0; at < largeBytes; at += part.length) {
    part[0] = (at >> 20) & 255;
    fs.writeSync(file, part);
  }
  fs.closeSync(file);
  fs.linkSync(`${folder}/root/m.raw`, `${folder}/root/v.raw`);
  fs.writeFileSync(`${folder}/root/m.raw.json`, JSON.stringify({ dtype: 'uint8', shape: [largeBytes] }));
  fs.writeFileSync(`${folder}/root/v.raw.json`, JSON.stringify({ dtype: 'uint8', shape: [1024, 1024, 1024] }));
}

/** Returns the first Python of the candidates that exists. */
function findPython() {
  const candidates = [process.env.SERVE_PYTHON, `${root}.cache/serve-venv/bin/python`, `${root}.cache/venv/bin/python`];
  return candidates.find((file) => file !== undefined && fs.existsSync(file)) ?? 'python3';
}

const chosen = process.argv.slice(2);
if (chosen.length === 0 || chosen.some((name) => !Object.hasOwn(groups, name))) {
  console.log(`Expected some of: ${Object.keys(groups).join(', ')}`);
  process.exit(2);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-par-serving-'));
try {
  const python = findPython();
  writeStored(folder);
  execFileSync(python, [`${root}benchmarks/serving/write_files.py`, `${folder}/root/s.h5`]);
  if (chosen.some((name) => ['transport', 'readers', 'viewer'].includes(name))) writeLarge(folder);
  for (const name of chosen) {
    const rounds = Number(process.env.ROUNDS ?? 5);
    const seconds = Number(process.env.SECONDS ?? (name === 'transport' ? 0.5 : 2));
    await groups[name]({
      folder,
      python,
      settings: { rounds, seconds, readerSeconds: 10 * seconds, playSeconds: seconds },
    });
  }
} finally {
  fs.rmSync(folder, { recursive: true });
}
