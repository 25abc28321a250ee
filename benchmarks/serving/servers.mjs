/** Starts the servers that benchmarks/serving.mjs compares, each in a process of its own. */
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);

/** Number of stored chunks of the array z. */
export const chunkCount = 16;

/** Serves the chunks of a Zarr array from memory. */
async function serveFromMemory(folder) {
  const bodies = Array.from({ length: chunkCount }, (_, i) => fs.readFileSync(`${folder}/root/z/c/${i}`));
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
  const { serve } = await import(new URL('../../dist/serve/index.js', import.meta.url));
  const { socket, url, token } = await serve({ roots: [`${folder}/root`], socket: `${folder}/s`, port: 0 });
  process.send({ socket, url, port: new URL(url).port, token });
}

/** Reads 64 KiB of a large reply every 50 ms, on 200 connections. */
function readSlowly(socket, token) {
  for (let i = 0; i < 200; i++) {
    const client = connect(socket);
    client.pause();
    client.on('error', () => {});
    client.write(`GET /api/v1/read?path=m.raw HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    setInterval(() => client.read(64 << 10), 50);
  }
  process.send({});
}

/** Runs a role of this file in a process of its own. Roles: posix-par, memory, slow. */
export function start(role, ...args) {
  const child = fork(here, [role, ...args]);
  return new Promise((resolve) => {
    child.once('message', (facts) =>
      resolve({ ...facts, options: { socketPath: facts.socket }, stop: () => void child.kill() }),
    );
  });
}

/** Starts a server of Python: tiled, h5grove or xpublish. Null if it does not start. */
export async function startPeer(python, name, folder) {
  const socket = `${folder}/${name}`;
  const script = fileURLToPath(new URL('peers.py', import.meta.url));
  const child = spawn(python, [script, name, folder, socket], { stdio: ['ignore', 'ignore', 'pipe'] });
  let problem = '';
  child.stderr.on('data', (text) => {
    problem = String(text).trim().split('\n').at(-1);
  });
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    if (await accepts(socket)) return { options: { socketPath: socket }, token: '', stop: () => void child.kill() };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  console.log(`${name} did not start: ${problem}`);
  return null;
}

function accepts(socket) {
  return new Promise((resolve) => {
    const client = connect(socket, () => {
      client.destroy();
      resolve(true);
    });
    client.on('error', () => resolve(false));
  });
}

if (process.argv[1] === here) {
  const [, , role, ...args] = process.argv;
  if (role === 'memory') await serveFromMemory(...args);
  else if (role === 'posix-par') await servePosixPar(...args);
  else readSlowly(...args);
}
