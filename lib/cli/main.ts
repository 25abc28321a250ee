/**
 * The `posix-par` command.
 * @module
 */
import { readFileSync } from 'node:fs';
import { exitCodes } from './exit-codes.js';
import { showWarnings } from './output/warnings.js';
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
    // The terminal is gone: as its signal says, what runs is to end and to take its partial files away.
    if (error.code === 'EIO' && stream.isTTY) return void process.emit('SIGHUP', 'SIGHUP');
    // A full disk, say. The other stream may still be heard.
    const other = stream === process.stdout ? process.stderr : process.stdout;
    other.write(`posix-par: the output can't be written: ${error.message}. Check where it goes\n`);
    process.exit(exitCodes.system);
  });
}

showWarnings();
process.exitCode = await runProgram(process.argv.slice(2), version(), commands);
if (
  process.exitCode === exitCodes.hungUp &&
  [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
) {
  // Node aborts when it can not restore the terminal at its end, and this one is gone: the signal itself ends the process.
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
