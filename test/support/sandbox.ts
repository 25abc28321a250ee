/**
 * Provides the path of a script that runs a program in which some system calls are refused.
 * @module
 */
import { fileURLToPath } from 'node:url';

/** Path of the script. The relative URL is also valid in bundles of the attack, whose directory has the same depth. */
export const sandboxScript = fileURLToPath(new URL('../../test/support/sandbox.py', import.meta.url));
