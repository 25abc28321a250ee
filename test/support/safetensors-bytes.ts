/**
 * Writes `.safetensors` files for tests.
 * @module
 */
import { ByteWriter } from './byte-writer.js';

/** Returns a file with `header`, which may be invalid, and `data` after it. */
export function safetensorsBytes(header: unknown, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return new ByteWriter().i64(text.length).bytes(text).bytes(data).done();
}
