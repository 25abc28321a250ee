/**
 * Describes errors as problem details.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @module
 */
import { type ErrorTag, isPosixParError, type PosixParError, type ReadError } from '../../core/errors.js';
import { OptionError } from '../../core/validate.js';
import { type Reply, textReply } from './reply.js';

/** An error of a request for which the library has no error class. */
export class HttpError extends Error {
  readonly status: number;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, tag: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.tag = tag;
    this.headers = headers;
  }
}

/** Creates the error for a path that leads to nothing. */
export function notFound(detail: string): HttpError {
  return new HttpError(404, 'NotFound', detail);
}

/** Creates the error for a request that the server cannot take at the moment. */
export function busy(status: 429 | 503, detail: string): HttpError {
  return new HttpError(status, status === 429 ? 'TooManyRequests' : 'Unavailable', detail, { 'retry-after': '1' });
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Status of each error of the library, except {@link ReadError}. */
const statusByTag: Readonly<Record<Exclude<ErrorTag, 'ReadError'>, number>> = {
  SelectionError: 400,
  ChoiceError: 404,
  FormatError: 500,
  CodecError: 500,
  WriteError: 500,
  ConversionError: 422,
  UnsupportedError: 422,
  ExternalFileError: 403,
  AbortError: 503,
  ClosedError: 503,
  MemoryLimitError: 503,
};

function statusOfRead({ code }: ReadError): number {
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 404;
  if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'EXDEV') return 403;
  return code === 'ECHANGED' ? 503 : 500;
}

function statusOf(error: PosixParError): number {
  if (isPosixParError(error, 'ReadError')) return statusOfRead(error);
  return statusByTag[error._tag as Exclude<ErrorTag, 'ReadError'>];
}

/** Description of an error for a client. */
export interface Problem {
  readonly status: number;
  /** Short name of the problem. */
  readonly tag: string;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  /** More members of the document. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Describes an error.
 * @param hide removes the paths of the server's directories from a message.
 */
export function problemOf(error: unknown, hide: (message: string) => string): Problem {
  const common = { headers: {}, extra: {} };
  if (error instanceof HttpError) {
    return { ...common, status: error.status, tag: error.tag, detail: error.message, headers: error.headers };
  }
  if (isPosixParError(error)) {
    const status = statusOf(error);
    const dimension = isPosixParError(error, 'SelectionError') ? error.dimension : undefined;
    const extra = dimension === undefined ? {} : { dimension };
    const headers: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {};
    return { status, tag: error._tag, detail: detailOf(error, hide), headers, extra };
  }
  if (error instanceof OptionError) {
    return { ...common, status: 400, tag: 'InvalidParameter', detail: hide(error.message) };
  }
  const detail = 'The server failed to answer; its log has the reason';
  return { ...common, status: 500, tag: 'InternalError', detail };
}

/** Returns the message of an error without the paths of the server's directories and of files outside of them. */
function detailOf(error: PosixParError, hide: (message: string) => string): string {
  const detail = hide(error.message);
  // A relative name in a file, such as '../x', became an absolute path, which shows where the roots are.
  return isPosixParError(error, 'ExternalFileError') ? detail.replaceAll(error.path, 'a file elsewhere') : detail;
}

/** Creates the reply for a problem. */
export function problemReply({ status, tag, detail, headers, extra }: Problem): Reply {
  const content = { type: `urn:posix-par:problem:${tag}`, title: titles[status] ?? 'Error', status, detail, tag };
  const reply = textReply(`${JSON.stringify({ ...content, ...extra })}\n`, 'application/problem+json', null, status);
  return { ...reply, headers: { ...reply.headers, 'cache-control': 'no-store', ...headers } };
}
