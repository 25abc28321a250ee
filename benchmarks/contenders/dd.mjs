/** `dd`: one thread, blocks of 1 MiB, thrown away. For orientation: it puts nothing into place. */
import { timedCommand } from './shared/command.mjs';

export function open(config) {
  return { measure: () => timedCommand('dd', [`if=${config.path}`, 'of=/dev/null', 'bs=1M', 'status=none']) };
}
