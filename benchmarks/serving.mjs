/**
 * Measures `posix-par serve` against a server of node:http that sends the same bytes from memory, and the Unix socket
 * against TCP: `node benchmarks/serving.mjs`. Needs `npm run build:ts` and an addon. The servers run in processes of
 * their own, and their rounds alternate. Prints a table in Markdown.
 *
 * `ROUNDS` in the environment is the number of rounds (7); the first round is not counted. `SECONDS` is the length of a
 * round of each case (1).
 */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const mebibyte = 1 << 20;
const chunks = 16;
const sizes = [64, 4096, 65536, mebibyte, 16 * mebibyte, 64 * mebibyte];
const inFlight = 8;

/** Serves the chunks of a Zarr array from memory. */
async function serveFromMemory(folder) {
  const bodies = Array.from({ length: chunks }, (_, i) => fs.readFileSync(`${folder}/root/z/c/${i}`));
  const server = http.createServer((request, response) => {
    const body = bodies[Number(request.url.split('/').at(-1))];
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
    response.end(body);
  });
  const socket = `${folder}/bare`;
  await new Promise((resolve) => server.listen(socket, resolve));
  process.send({ socket, token: '' });
}

async function servePosixPar(folder) {
  const { serve } = await import(new URL('../dist/serve/index.js', import.meta.url));
  const { socket, url, token } = await serve({ roots: [`${folder}/root`], socket: `${folder}/s`, port: 0 });
  process.send({ socket, port: new URL(url).port, token });
}

/** Writes a Zarr array whose stored chunks have 1 MiB, and a file with 64 MiB. */
function writeArrays(folder) {
  fs.mkdirSync(`${folder}/root/z/c`, { recursive: true });
  for (let c = 0; c < chunks; c++) {
    // Random bytes do not compress, so the stored chunk has about the size of its elements.
    const bytes = Buffer.alloc(mebibyte);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(Math.random() * 256);
    fs.writeFileSync(`${folder}/root/z/c/${c}`, gzipSync(bytes, { level: 1 }));
  }
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [chunks * mebibyte],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [mebibyte] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }, { name: 'gzip', configuration: { level: 1 } }],
  };
  fs.writeFileSync(`${folder}/root/z/zarr.json`, JSON.stringify(metadata));
  fs.writeFileSync(`${folder}/root/m.raw.json`, JSON.stringify({ dtype: 'uint8', shape: [sizes.at(-1)] }));
  fs.writeFileSync(`${folder}/root/m.raw`, Buffer.alloc(sizes.at(-1), 7));
}

function start(role, folder) {
  const child = fork(import.meta.filename ?? new URL(import.meta.url).pathname, [role, folder]);
  return new Promise((resolve) => child.once('message', (target) => resolve({ child, ...target })));
}

/** Asks for `path`, and returns the number of bytes of the body. */
function ask(options, token, path) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = http.get({ ...options, path, headers }, (response) => {
      let bytes = 0;
      response.on('data', (part) => {
        bytes += part.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${path}: status ${response.statusCode}`));
      });
    });
    request.on('error', reject);
  });
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Returns requests per second, bytes per second and the median time of a request in milliseconds. */
async function measure(options, token, pathOf, callers, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: callers });
  const times = [];
  let bytes = 0;
  let next = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const call = async () => {
    do {
      const started = performance.now();
      const received = await ask({ ...options, agent }, token, pathOf(next++));
      bytes += received;
      times.push(performance.now() - started);
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: callers }, call));
  const took = (performance.now() - begin) / 1000;
  agent.destroy();
  return { rate: times.length / took, bytesPerSecond: bytes / took, ms: median(times) };
}

async function main() {
  const rounds = Number(process.env.ROUNDS ?? 7);
  const seconds = Number(process.env.SECONDS ?? 1);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-par-serving-'));
  writeArrays(folder);
  const [own, bare] = [await start('posix-par', folder), await start('memory', folder)];
  const overSocket = { socketPath: own.socket };
  const overTcp = { host: '127.0.0.1', port: own.port };
  const chunkPath = (i) => `/zarr/z/c/${i % chunks}`;
  const pairs = [
    {
      name: `chunks of 1 MiB, ${inFlight} in flight: posix-par against memory`,
      first: () => measure(overSocket, own.token, chunkPath, inFlight, seconds),
      second: () => measure({ socketPath: bare.socket }, '', chunkPath, inFlight, seconds),
    },
    ...sizes.map((size) => {
      const pathOf = () => `/api/v1/read?path=m.raw&selection=0:${size}`;
      return {
        name: `${size} B: Unix socket against TCP`,
        first: () => measure(overSocket, own.token, pathOf, 1, seconds),
        second: () => measure(overTcp, own.token, pathOf, 1, seconds),
      };
    }),
  ];
  console.log('| case | first: requests/s, MB/s, median ms | second | speed of the first ÷ speed of the second |');
  console.log('| --- | --- | --- | --- |');
  try {
    for (const { name, first, second } of pairs) {
      const results = [];
      for (let i = 0; i < rounds; i++) {
        // The order alternates, so that a change of the load of the machine affects both.
        const [a, b] = i % 2 === 0 ? [await first(), await second()] : [await second(), await first()].reverse();
        if (i > 0) results.push({ a, b });
      }
      const cell = (list) =>
        `${median(list.map(({ rate }) => rate)).toFixed(0)}, ` +
        `${(median(list.map(({ bytesPerSecond }) => bytesPerSecond)) / 1e6).toFixed(0)}, ` +
        `${median(list.map(({ ms }) => ms)).toFixed(3)}`;
      const ratios = results.map(({ a, b }) => a.rate / b.rate).sort((x, y) => x - y);
      const ratio = `${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)} – ${ratios.at(-1).toFixed(2)})`;
      console.log(`| ${name} | ${cell(results.map(({ a }) => a))} | ${cell(results.map(({ b }) => b))} | ${ratio} |`);
    }
  } finally {
    own.child.kill();
    bare.child.kill();
    fs.rmSync(folder, { recursive: true });
  }
}

const [, , role, folder] = process.argv;
if (role === 'memory') await serveFromMemory(folder);
else if (role === 'posix-par') await servePosixPar(folder);
else await main();
