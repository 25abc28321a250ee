// Overwrites a file in place with one version after another: overwrite.mjs PATH BYTES. Ends with its standard input.
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [path, bytes] = process.argv.slice(2);
let isOver = false;
process.stdin.resume().on('end', () => {
  isOver = true;
});
const part = Number(bytes) / 4;
for (let version = 1; !isOver; version = (version % 250) + 1) {
  // Waits in the kernel while a reader holds a lease.
  const file = fs.openSync(path, 'r+');
  const data = new Uint8Array(part).fill(version);
  for (let i = 0; i < 4; i++) fs.writeSync(file, data, 0, part, i * part);
  fs.closeSync(file);
  await sleep(1 + (version % 3));
}
