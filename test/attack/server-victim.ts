/**
 * A server to attack: server-victim.js ROOT. It prints a line of JSON when it listens, and a line for each unexpected
 * error. It ends when its standard input ends.
 * @module
 */
import * as fs from 'node:fs';
import { inspect } from 'node:util';
import { serve } from '../../lib/serve/index.js';

/** First line of the output. */
export interface ServerAddress {
  readonly port: number;
  readonly token: string;
}

function print(error: unknown): void {
  fs.writeSync(1, `${JSON.stringify(inspect(error, { depth: 3 }))}\n`);
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    print(error);
    process.exit(9);
  });
}
const server = await serve({
  roots: [process.argv[2] ?? ''],
  port: 0,
  cors: ['https://app.example'],
  memoryBytes: 64 << 20,
  maxResponseBytes: 16 << 20,
  requestTimeMs: 120_000,
  onError: print,
});
const address: ServerAddress = { port: Number(new URL(server.url ?? '').port), token: server.token ?? '' };
fs.writeSync(1, `${JSON.stringify(address)}\n`);
process.stdin.resume().on('end', () => process.exit(0));
