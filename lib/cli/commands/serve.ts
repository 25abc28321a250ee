/**
 * `posix-par serve DIRECTORY...`: serves arrays over HTTP.
 * @module
 */
import { serve as startServer } from '../../serve/index.js';
import type { CommandDefinition } from '../command.js';
import { parseInteger, parsePaths } from '../context.js';
import { optionsGiven } from '../option-values.js';
import { parseSize } from './bench.js';

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const toMilliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : 1000 * seconds;

export const serve: CommandDefinition = {
  name: 'serve',
  summary: 'serve the arrays below directories over HTTP, on a Unix socket or this machine alone',
  examples: [
    ['serve data/', 'print a URL, and serve data/ until the command is interrupted'],
    ['serve data/ --socket run.sock', 'serve on a Unix socket that only you can connect to'],
    ['serve data/ --memory 4G --max-response 512M', 'use up to 4 GiB for replies of at most 512 MiB'],
    ['serve data/ --port 8080 --cors https://app.example', 'permit the pages of another origin to read'],
  ],
  flags: {
    roots: 'DIRECTORY',
    allowedHosts: '--allow-host',
    memoryBytes: '--memory',
    maxResponseBytes: '--max-response',
    requestTimeMs: '--request-time',
    stallTimeMs: '--stall-time',
    graceMs: '--grace',
    '*': '--*',
  },
  define(command, frame) {
    command
      .argument('<directory...>', 'directories to show; nothing outside of them is read', parsePaths)
      .option('--socket <path>', 'listen on a Unix socket, created with the permissions 0600')
      .option('--port <number>', 'TCP port (default: a free one, or no TCP with --socket)', parseInteger('--port', 0))
      .option('--host <address>', 'address to listen on; any other than 127.0.0.1 is open to other machines')
      .option('--allow-host <name>', 'another name by which clients may address the server; may be repeated', collect)
      .option('--cors <origin>', 'origin whose web pages may read; may be repeated', collect)
      .option('--token <token>', 'token of clients (default: a random one). Other users see it in the process list')
      .option('--memory <size>', 'memory for replies (default: 1G)', parseSize('--memory'))
      .option('--max-response <size>', 'maximum size of the data of a reply (default: 1G)', parseSize('--max-response'))
      .option(
        '--concurrent-reads <number>',
        'maximum number of reads at the same time (default: 64)',
        parseInteger('--concurrent-reads'),
      )
      .option(
        '--waiting-reads <number>',
        'maximum number of reads that wait for others (default: 1024)',
        parseInteger('--waiting-reads', 0),
      )
      .option(
        '--max-connections <number>',
        'maximum number of connections to each address (default: 1024)',
        parseInteger('--max-connections'),
      )
      .option(
        '--request-time <seconds>',
        'time within which the next part of a reply must be ready (default: 60)',
        parseInteger('--request-time'),
      )
      .option(
        '--stall-time <seconds>',
        'time within which a client must take the next MiB of a reply (default: 120)',
        parseInteger('--stall-time'),
      )
      .option(
        '--grace <seconds>',
        'time for requests in flight to finish when the command is ended (default: 10)',
        parseInteger('--grace', 0),
      )
      .action(async (roots, options) => {
        const { signal, out, json } = frame.context();
        const { socket, port, host, cors, token, concurrentReads, waitingReads, maxConnections } = options;
        const given = optionsGiven({
          ...{ socket, port, host, cors, token, concurrentReads, waitingReads, maxConnections },
          allowedHosts: options.allowHost,
          memoryBytes: options.memory,
          maxResponseBytes: options.maxResponse,
          requestTimeMs: toMilliseconds(options.requestTime),
          stallTimeMs: toMilliseconds(options.stallTime),
          graceMs: toMilliseconds(options.grace),
        });
        await using server = await startServer({ roots, ...given });
        if (json) out.json({ url: server.url, socket: server.socket, token: server.token });
        else {
          if (server.url !== null) out.line(server.url);
          if (server.socket !== null) {
            out.line(`http+unix://${encodeURIComponent(server.socket)}/?token=${server.token}`);
          }
        }
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
      });
  },
};
