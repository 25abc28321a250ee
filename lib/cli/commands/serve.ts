/**
 * `posix-par serve DIRECTORY...`: serves arrays over HTTP.
 * @module
 */
import { serve as startServer } from '../../serve/index.js';
import type { CommandDefinition } from '../command.js';
import { parseInteger, parsePaths } from '../context.js';
import { optionsGiven } from '../option-values.js';

const collect = (value: string, before: string[] = []): string[] => [...before, value];

export const serve: CommandDefinition = {
  name: 'serve',
  summary: 'serve the arrays below directories over HTTP, on a Unix socket or this machine alone',
  examples: [
    ['serve data/', 'print a URL, and serve data/ until the command is interrupted'],
    ['serve data/ --socket run.sock', 'serve on a Unix socket that only you can connect to'],
    ['serve data/ --port 8080 --cors https://app.example', 'permit the pages of another origin to read'],
  ],
  flags: { roots: 'DIRECTORY', allowedHosts: '--allow-host', stallTimeMs: '--stall-time', '*': '--*' },
  define(command, frame) {
    command
      .argument('<directory...>', 'directories to show; nothing outside of them is read', parsePaths)
      .option('--socket <path>', 'listen on a Unix socket, created with the permissions 0600')
      .option('--port <number>', 'TCP port (default: a free one, or no TCP with --socket)', parseInteger('--port', 0))
      .option('--host <address>', 'address to listen on; any other than 127.0.0.1 is open to other machines')
      .option('--allow-host <name>', 'another name by which clients may address the server; may be repeated', collect)
      .option('--cors <origin>', 'origin whose web pages may read; may be repeated', collect)
      .option('--token <token>', 'token of clients (default: a random one). Other users see it in the process list')
      .option(
        '--stall-time <seconds>',
        'time within which a client must take the next MiB of a reply (default: 120)',
        parseInteger('--stall-time'),
      )
      .action(async (roots, { socket, port, host, allowHost, cors, token, stallTime }) => {
        const { signal, out, json } = frame.context();
        const stallTimeMs = stallTime === undefined ? undefined : 1000 * stallTime;
        const given = optionsGiven({ socket, port, host, allowedHosts: allowHost, cors, token, stallTimeMs });
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
