/**
 * Reads with a progress line; Ctrl-C stops the read: node progress.ts PATH [SELECTION]
 */
import { isPosixParError, readSubset } from 'posix-par';

const [, , path = 'volume.npy', selection = '...'] = process.argv;
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const { shape, stats } = await readSubset(path, selection, {
    signal: stop.signal,
    onProgress: ({ bytesDone, bytesTotal }) =>
      process.stderr.write(`\r${Math.round((100 * bytesDone) / bytesTotal)} %`),
  });
  process.stderr.write('\n');
  const cached = stats.bytesRead === 0 ? 0 : (stats.bytesCached + stats.bytesMapped) / stats.bytesRead;
  console.log(
    `[${shape.join(', ')}] by ${stats.engine}: ${stats.bytesRead} bytes, ${Math.round(100 * cached)} % were cached`,
  );
} catch (error) {
  if (!isPosixParError(error, 'AbortError')) throw error;
  console.log('stopped; no thread reads any more');
  process.exitCode = 130;
}
