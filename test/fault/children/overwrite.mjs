// Overwrites a file in place with one version after another, until its standard input ends. Then prints how long it
// waited to open the file. Usage: node overwrite.mjs PATH BYTES
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [path, bytes] = process.argv.slice(2);
let isOver = false;
process.stdin.resume().on('end', () => {
  isOver = true;
});
const part = Number(bytes) / 4;
const waits = [];
for (let version = 1; !isOver; version = (version % 250) + 1) {
  // Waits in the kernel while a reader holds a lease.
  const start = performance.now();
  const file = fs.openSync(path, 'r+');
  waits.push(performance.now() - start);
  const data = new Uint8Array(part).fill(version);
  for (let i = 0; i < 4; i++) fs.writeSync(file, data, 0, part, i * part);
  fs.closeSync(file);
  await sleep(1 + (version % 3));
}
waits.sort((a, b) => a - b);
const at = (share) => waits[Math.floor((waits.length - 1) * share)]?.toFixed(2);
console.log(`${waits.length} opens waited ${at(0.5)} ms (half), ${at(0.99)} ms (99 %), ${at(1)} ms (longest)`);
