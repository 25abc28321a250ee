/**
 * Where the script is that runs a program without some system calls.
 * @module
 */
import { fileURLToPath } from 'node:url';

/** Bundles of the attack lie as deep below the root as this file does. */
export const sandboxScript = fileURLToPath(new URL('../../test/support/sandbox.py', import.meta.url));
