/**
 * The `posix-par` command, bundled for attacks.
 * @module
 */
import '../../lib/cli/main.js';
