/** Reads with one `dd` thread in blocks of 1 MiB and discards the data. For orientation: it does not build a result. */
import { timedCommand } from './shared/command.mjs';

export function open(config) {
  return { measure: () => timedCommand('dd', [`if=${config.path}`, 'of=/dev/null', 'bs=1M', 'status=none']) };
}
