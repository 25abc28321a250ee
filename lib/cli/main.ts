/**
 * The `posix-par` command.
 * @module
 */
import { readFileSync } from 'node:fs';
import { exitCodes } from './exit-codes.js';
import { runProgram } from './program.js';
import { commands } from './registry.js';

/** The version of the package that this file (dist/cli/main.js) belongs to. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found = (manifest as { readonly version?: unknown }).version;
  return typeof found === 'string' ? found : 'unknown';
}

// The reader of a pipe may leave (`| head`): nobody is there to be told, and nothing went wrong.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    // A full disk, say. The other stream may still be heard.
    const other = stream === process.stdout ? process.stderr : process.stdout;
    other.write(`posix-par: the output can't be written: ${error.message}. Check where it goes\n`);
    process.exit(exitCodes.system);
  });
}

process.exitCode = await runProgram(process.argv.slice(2), version(), commands);
