/**
 * Loads the addon. The exit code is 0 if the addon is found, 3 if it is not.
 * @module
 */
import { binding } from '../../lib/native/binding.js';

try {
  binding();
} catch (error) {
  process.stdout.write(String(error));
  process.exit(3);
}
