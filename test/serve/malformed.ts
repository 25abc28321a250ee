/**
 * Makes random malformed requests: paths, parameters, selections, headers, methods, and bytes that are no requests.
 * @module
 */
import type { Random } from '../support/random.js';

/** Bytes of a request, each as one character. */
export interface Message {
  readonly text: string;
  /**
   * True if the text is a request that asks for the end of the connection. node:http does not answer clients that end
   * the connection first.
   */
  readonly isComplete: boolean;
}

/** Returns a request line and headers. */
export function headOf(token: string | null, path: string, method = 'GET', more = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`;
}

const names = ['..', '.', '', 'c', 'zarr.json', 'small.npy', 'tiles', 'z', '%2e%2e', '%00', '%ff', '%', '~'];
const entries = [':', '...', '0', '-1', '1:', '::-1', '[1,2]', '[', ']', ',', 'x', '1e9', '0:0', '::0', '9'.repeat(30)];
const routes = [
  ...['read', 'readMany', 'reduce', 'tree', 'explain', 'stats', 'storage', 'residency', 'reads', 'x'],
  ...['read', 'describe', 'paths', 'chunks', 'openapi.json'],
];
/** Arrays and other objects of many kinds. The file run.h5 exists if the test could write it. */
const objects = [
  ...['small.npy', 'tiles', 'z', '', '..', 'none', '%00'],
  ...['records', 'mixed', 'texts', 'fixed', 'sequences', 'enum', 'opaque', 'big', 'record', 'none'].map(
    (name) => `run.h5/more/${name}`,
  ),
];
const groveRoutes = ['meta', 'attr', 'data', 'data', 'paths', 'stats', 'x'];
const methods = ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'TRACE'];

/** Makes messages from random choices. */
export class MalformedRequests {
  readonly #random: Random;
  readonly #token: string | null;

  constructor(random: Random, token: string | null) {
    this.#random = random;
    this.#token = token;
  }

  next(): Message {
    const random = this.#random;
    if (random.below(20) === 0) return { text: this.#bytes(200), isComplete: false };
    const method = random.pick([...methods, this.#printable(6)]);
    const headers = this.#list(4, () => `${this.#header()}\r\n`).join('');
    const text = headOf(this.#token, this.#path(), method, `Connection: close\r\n${headers}`);
    const isComplete = random.below(20) > 0;
    return { text: isComplete ? text : text.slice(0, random.below(text.length)), isComplete };
  }

  #list(below: number, make: () => string): string[] {
    return Array.from({ length: this.#random.below(below) }, make);
  }

  #bytes(below: number): string {
    return this.#list(below, () => String.fromCharCode(this.#random.below(256))).join('');
  }

  #printable(below: number): string {
    return this.#list(below, () => String.fromCharCode(33 + this.#random.below(94))).join('');
  }

  #piece(): string {
    const random = this.#random;
    return random.pick([
      () => random.pick(names),
      () => encodeURIComponent(this.#printable(12)),
      () => String(random.below(1000)),
      () => '9'.repeat(random.below(40)),
      () => this.#printable(30).replace(/[?#]/g, 'x'),
    ])();
  }

  #parameter(): string {
    const random = this.#random;
    const entry = (): string => random.pick(entries);
    return random.pick([
      () => `selection=${encodeURIComponent(this.#list(6, entry).join(','))}`,
      () => `format=${random.pick(['bin', 'npy', 'json', 'arrow', 'png', 'csv', 'tiff', 'x', ''])}`,
      () => `field=${random.pick(['x', 'in.w', 'id', 'name', 'in', '', '.', '..'])}`,
      () =>
        `${random.pick(['flatten', 'decode', 'overflow', 'dtype'])}=${random.pick(['true', 'cf', 'safe', 'clamp'])}`,
      () => `resolve_links=${random.pick(['none', 'all', 'x', ''])}`,
      () => `attr_keys=${encodeURIComponent(this.#printable(6))}`,
      () => `colormap=${random.pick(['magma', 'gray', 'x'])}`,
      () => `maxPixels=${random.pick(['1', '7', '0', '-1', '1e3', '99999999999999999', ''])}`,
      () => `reduce=${random.pick(['mean', 'nearest', 'min', 'max', 'median'])}`,
      () => `operation=${random.pick(['mean', 'max', 'std', 'count', 'x', ''])}`,
      () => `axis=${random.pick(['0', '-1', '0,1', '0,0', '9'.repeat(20), 'lat', ',', ''])}`,
      () => `${random.pick(['keepDims', 'skipMissing'])}=${random.pick(['true', 'false', '1', ''])}`,
      () => `ddof=${random.pick(['0', '1', '-1', '9'.repeat(12)])}`,
      () => `as=${random.pick(['int8', 'float64', 'complex64', 'x'])}`,
      () => `range=${random.pick(['0,1', '1,0', 'NaN,1', '-Infinity,Infinity', ','])}`,
      () => `codecs=${random.pick(['native', 'core', 'x'])}`,
      () => `${encodeURIComponent(this.#printable(9))}=${encodeURIComponent(this.#printable(9))}`,
      () => this.#printable(20).replace(/#/g, 'x'),
    ])();
  }

  #path(): string {
    const random = this.#random;
    const query = (): string => this.#list(4, () => this.#parameter()).join('&');
    const pieces = (below: number): string => this.#list(below, () => this.#piece()).join('/');
    return random.pick([
      () => `/${random.pick(['zarr', 'zarr-native'])}/${pieces(6)}`,
      () => `/h5grove/${random.pick(groveRoutes)}?file=${pieces(3)}&path=${pieces(3)}`,
      () => {
        const [file = '', ...inner] = random.pick(objects).split('/');
        const place = random.below(4) === 0 ? pieces(3) : inner.length === 0 ? 'data' : inner.join('/');
        return `/h5grove/${random.pick(groveRoutes)}?file=${file}&path=/${place}&${query()}`;
      },
      () => `/api/v1/${random.pick(routes)}?path=${random.pick(objects)}&${query()}`,
      () => `/api/v1/${random.pick(routes)}?path=${random.pick(objects)}&${query()}`,
      () => `/${pieces(5)}`,
    ])();
  }

  #header(): string {
    const random = this.#random;
    return random.pick([
      () => {
        const spans = ['0-', '-0', '5-1', '0-0,1-1', '-', '1e3-', '99999999999999999999-', '-99999999999999999999'];
        return `Range: ${random.pick(['bytes=', 'bytes', 'x='])}${random.pick(spans)}`;
      },
      () => `If-None-Match: ${this.#printable(30)}`,
      () => `If-Range: ${this.#printable(30)}`,
      () => `Accept-Encoding: ${random.pick(['gzip;q=x', '*;q=1', ',,,', 'br;;;q', 'gzip;q=-1'])}`,
      () => `Origin: ${random.pick(['null', 'http://', this.#printable(20)])}`,
      () => `Host: ${random.pick(['[', 'localhost:99999', 'a b', this.#printable(20)])}`,
      () => `Cookie: ${this.#printable(40)}`,
      () => `Authorization: ${this.#printable(40)}`,
      () => `Content-Length: ${random.pick(['5', '0', '-1', 'x'])}`,
      () => 'Transfer-Encoding: chunked',
      () => 'Expect: 100-continue',
      () => 'Connection: Upgrade\r\nUpgrade: websocket',
      () => `${this.#printable(20)}: ${this.#bytes(40).replace(/[\r\n]/g, '')}`,
    ])();
  }
}
