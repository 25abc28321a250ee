/**
 * Answers requests: checks access, calls the route, finishes the reply, and turns errors into problem details.
 * @module
 */
import { isPosixParError } from '../../core/errors.js';
import { OptionError } from '../../core/validate.js';
import type { Metrics } from '../metrics.js';
import type { AccessControl } from '../security/access.js';
import { type FinishedReply, finishReply } from './finish.js';
import { busy, HttpError } from './problem.js';
import type { Reply, ServeRequest } from './reply.js';

/** The body of a {@link ReadyReply}. It must be ended, whether or not it was read. */
export interface BodyReader {
  /** Returns the next bytes; null after the last ones. */
  next(): Promise<Uint8Array | null>;
  /** Frees the memory of the body. Calling it again has no effect. */
  end(): Promise<void>;
}

/** A reply whose first bytes are in memory. */
export interface ReadyReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyReader;
}

/** Answers a request that has passed the access checks. */
export type Route = (request: ServeRequest, signal: AbortSignal) => Promise<Reply>;

/** Settings of {@link Responder}. */
export interface ResponderSettings {
  readonly access: AccessControl;
  readonly route: Route;
  readonly metrics: Metrics;
  readonly requestTimeMs: number;
  /** Creates the reply to a request that failed. */
  readonly errorReply: (error: unknown, request: ServeRequest) => Reply;
  /** Called with errors that are not about the request or the files. */
  readonly onError: (error: unknown) => void;
}

class TimeLimitError extends Error {}

/** Aborts a signal if the client disconnects, or if the next part of the reply is not ready in time. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #ms: number;
  readonly #client: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  /** Rejects the work that is waited for; null if none is. */
  #reject: ((reason: unknown) => void) | null = null;
  readonly #onAbort = (): void => this.#abort(this.#client.reason);

  constructor(ms: number, client: AbortSignal) {
    this.#ms = ms;
    this.#client = client;
    if (client.aborted) this.#onAbort();
    else client.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** True if a part was not ready in time. */
  get isExpired(): boolean {
    return this.#controller.signal.reason instanceof TimeLimitError;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Waits for `work` until the time limit has passed or the client disconnects. A system call that hangs cannot be
   * cancelled, so `work` may end later.
   */
  limit<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) {
        work.catch(() => {});
        return reject(this.signal.reason);
      }
      this.#reject = reject;
      // One timer serves all parts, because creating timers takes long compared with small replies.
      if (this.#timer === undefined) this.#timer = setTimeout(this.#expire, this.#ms).unref();
      else this.#timer.refresh();
      const end = (): void => {
        this.#reject = null;
      };
      work.then(
        (value) => {
          end();
          resolve(value);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  /** The timer also fires while the client takes a part, which is not limited here. */
  readonly #expire = (): void => {
    this.#timer = undefined;
    if (this.#reject !== null) this.#abort(new TimeLimitError(`not ready after ${this.#ms} ms`));
  };

  #abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.#reject?.(reason);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#client.removeEventListener('abort', this.#onAbort);
  }
}

const noBody: BodyReader = { next: async () => null, end: async () => {} };

/** Returns a reader that begins with the part `first`, which was taken from `parts` before. */
function readerOf(
  first: IteratorResult<Uint8Array>,
  next: () => Promise<IteratorResult<Uint8Array>>,
  end: () => Promise<void>,
): BodyReader {
  let taken: Promise<IteratorResult<Uint8Array>> | null = Promise.resolve(first);
  let ended: Promise<void> | null = null;
  return {
    async next() {
      if (ended !== null) return null;
      const part = await (taken ?? next());
      taken = null;
      return part.done === true ? null : part.value;
    },
    end() {
      ended ??= end();
      return ended;
    },
  };
}

export class Responder {
  readonly #settings: ResponderSettings;
  constructor(settings: ResponderSettings) {
    this.#settings = settings;
  }

  /** Answers the request `received`. Does not throw. */
  async respond(received: ServeRequest): Promise<ReadyReply> {
    const { access, metrics, requestTimeMs, errorReply } = this.#settings;
    const request = access.removePathToken(received);
    const deadline = new Deadline(requestTimeMs, request.signal);
    const common = access.headersFor(request);
    const send = async (asked: ServeRequest, reply: Reply, limit: Deadline): Promise<ReadyReply> => {
      const { status, headers, open } = finishReply(asked, reply);
      const body = open === null ? noBody : await this.#openBody(open, limit);
      if (open === null) limit.end();
      // A client that has disconnected gets no reply.
      if (!request.signal.aborted) metrics.reply(status);
      return { status, headers: { ...common, ...headers }, body };
    };
    metrics.begin();
    try {
      const { route } = this.#settings;
      const reply = access.check(request) ?? (await deadline.limit(route(request, deadline.signal)));
      return await send(request, reply, deadline);
    } catch (error) {
      const failure = deadline.isExpired ? timeError() : error;
      deadline.end();
      this.#report(failure, request);
      // `deadline` may have expired. The problem document gets a new deadline that ignores the signal of the request,
      // so that its body can be created in any case.
      const limit = new Deadline(requestTimeMs, new AbortController().signal);
      return await send(withoutConditions(request), errorReply(failure, request), limit);
    } finally {
      metrics.end();
    }
  }

  /** Opens a body and reads its first part. If this fails, the client can still get a problem document. */
  async #openBody(open: NonNullable<FinishedReply['open']>, deadline: Deadline): Promise<BodyReader> {
    const parts = open(deadline.signal)[Symbol.asyncIterator]();
    const { metrics } = this.#settings;
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const part = await deadline.limit(parts.next());
      if (part.done !== true) metrics.sent(part.value.length);
      return part;
    };
    const first = await next().catch((error: unknown) => {
      // The read of the first part may still be in flight. This frees the memory of the part as soon as it is read.
      parts.return?.().catch(() => {});
      throw error;
    });
    metrics.begin();
    return readerOf(first, next, async () => {
      metrics.end();
      if (deadline.signal.aborted) metrics.cancelled();
      deadline.end();
      await parts.return?.();
    });
  }

  #report(error: unknown, request: ServeRequest): void {
    const isKnown = error instanceof HttpError || error instanceof OptionError || isPosixParError(error);
    if (request.signal.aborted || isKnown) return;
    this.#settings.onError(error);
  }
}

function timeError(): HttpError {
  return busy(503, 'The reply was not ready within the time limit of this server');
}

/** Returns the request without headers, because conditions and ranges do not apply to the document of an error. */
function withoutConditions(request: ServeRequest): ServeRequest {
  const { method, url, transport, isLocal, signal } = request;
  return { method, url, transport, isLocal, signal, header: () => null };
}
