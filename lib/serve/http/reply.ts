/**
 * Requests and replies of the server, independent of the transport.
 * @module
 */

/** A request in a form that does not depend on the transport. */
export interface ServeRequest {
  readonly method: string;
  /** Parsed URL. Its path is still percent-encoded. */
  readonly url: URL;
  /** True if the path of the URL began with the token, which was removed from `url`. */
  readonly hadPathToken?: boolean;
  /** Returns the value of a header; null if it is absent. The name is in lower case. */
  header(name: string): string | null;
  /** Connection on which the request arrived; `fetch` if another server passed it to the handler. */
  readonly transport: 'tcp' | 'unix' | 'fetch';
  /** True if the peer is known to be on this machine. */
  readonly isLocal: boolean;
  /** Aborted if the client disconnects. */
  readonly signal: AbortSignal;
}

/** A range of bytes of a body: inclusive start, exclusive stop. */
export interface Span {
  readonly start: number;
  readonly stop: number;
}

/** Body of a reply, which is produced only if the client needs it. */
export interface Body {
  /** Number of bytes; null if it is not known before the body ends. */
  readonly length: number | null;
  /** True if `open` accepts a span. */
  readonly hasRanges: boolean;
  /**
   * Clients for which compression is worthwhile. `text`: all clients. `data`: only clients on other machines, because
   * compression takes longer than a copy on the same machine. `no`: no client.
   */
  readonly compressible: 'text' | 'data' | 'no';
  /** The body in content codings, if it was compressed before. */
  readonly compressed?: Readonly<Record<'br' | 'gzip', Uint8Array>>;
  /**
   * Yields the bytes of `span`, or of the complete body if it is null, in parts. The memory of a part is freed or used
   * again when the next part is requested, or when the iteration is ended.
   */
  open(span: Span | null, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A reply before conditions, ranges and compression are applied. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Identifies the content for a strong ETag; null if there is none. Equal tags mean equal bytes. */
  readonly tag: string | null;
  readonly body: Body | null;
}

/** Creates a body of bytes that exist already. */
export function bytesBody(bytes: Uint8Array, compressible: Body['compressible']): Body {
  return {
    length: bytes.length,
    hasRanges: true,
    compressible,
    async *open(span) {
      yield span === null ? bytes : bytes.subarray(span.start, span.stop);
    },
  };
}

/** Creates a reply of text. */
export function textReply(text: string, type: string, tag: string | null = null, status = 200): Reply {
  const body = bytesBody(new TextEncoder().encode(text), 'text');
  return { status, headers: { 'content-type': type }, tag, body };
}

/** Creates a reply without a body. */
export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, tag: null, body: null };
}
