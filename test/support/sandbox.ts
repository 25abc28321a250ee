/**
 * Path of the script that runs a program without some system calls.
 * @module
 */
import { fileURLToPath } from 'node:url';

/** Bundles of the attack are in a directory of the same depth below the root as this file. */
export const sandboxScript = fileURLToPath(new URL('../../test/support/sandbox.py', import.meta.url));
