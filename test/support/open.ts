/**
 * Opens array descriptors in tests.
 * @module
 */
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import { type OpenPathRequest, openDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import { nodeSyncBackend } from '../../lib/io/node-backend.js';

/** Returns the descriptor of the array at `path`. Reads with `node:fs`. */
export function openPath(path: string, request: Partial<OpenPathRequest> = {}): ArrayDescriptor {
  return runSync(openDescriptor(path, { array: null, options: {}, format: null, ...request }), nodeSyncBackend);
}
