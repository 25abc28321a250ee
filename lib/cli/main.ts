/**
 * The `posix-par` command.
 * @module
 */
import { readFileSync } from 'node:fs';
import { exitCodes } from './exit-codes.js';
import { showWarnings } from './output/warnings.js';
import { runProgram } from './program.js';
import { commands } from './registry.js';

/** Returns the version of the package that contains this file (dist/cli/main.js). */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found = (manifest as { readonly version?: unknown }).version;
  return typeof found === 'string' ? found : 'unknown';
}

// The reader of a pipe may close it (as `| head` does). This is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    // The terminal was closed. Acts as if SIGHUP had arrived: aborts the command, which then removes its partial files.
    if (error.code === 'EIO' && stream.isTTY) return void process.emit('SIGHUP', 'SIGHUP');
    // Another error, such as a full disk. The other stream may still work.
    const other = stream === process.stdout ? process.stderr : process.stdout;
    other.write(`posix-par: cannot write the output: ${error.message}. Check its destination\n`);
    process.exit(exitCodes.system);
  });
}

showWarnings();
process.exitCode = await runProgram(process.argv.slice(2), version(), commands);
if (
  process.exitCode === exitCodes.hungUp &&
  [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
) {
  // Node aborts if it cannot restore the terminal at exit, and this terminal is closed. So the signal itself ends the
  // process.
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
