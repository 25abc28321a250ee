/**
 * Connects a {@link Responder} to the web standard: a function from Request to Response.
 * @module
 */
import type { Responder } from './responder.js';

/** Answers a web-standard request, in any server that uses the classes Request and Response. */
export type FetchHandler = (request: Request) => Promise<Response>;

const withoutBody = new Set([204, 303, 304]);

/** Creates the handler. */
export function createFetchHandler(responder: Responder): FetchHandler {
  return async ({ method, url, headers: given, signal }) => {
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const { status, headers, body } = await responder.respond({
      method,
      url: new URL(url),
      transport: 'fetch',
      isLocal: false,
      signal: controller.signal,
      header: (name) => given.get(name),
    });
    const end = (): void => signal.removeEventListener('abort', onAbort);
    if (method === 'HEAD' || withoutBody.has(status)) {
      await body.end();
      end();
      return new Response(null, { status, headers });
    }
    const stream = new ReadableStream<Uint8Array>(
      {
        start(stream) {
          // The consumer of an aborted request reads no more, so the body must be ended here.
          controller.signal.addEventListener('abort', () => {
            stream.error(controller.signal.reason);
            void body.end();
          });
        },
        async pull(stream) {
          const part = await body.next();
          // The consumer may keep a part, but its memory is used again for the next one.
          if (part !== null) return stream.enqueue(part.slice());
          end();
          await body.end();
          stream.close();
        },
        async cancel(reason) {
          end();
          controller.abort(reason);
          await body.end();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(stream, { status, headers });
  };
}
