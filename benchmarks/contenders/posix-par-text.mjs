/** Reads a whole array of text: `strings` is 'js' or 'utf8'. The checksum is that of the bytes of all texts. */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openText } from './shared/library.mjs';
import { timed } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const text = await openText(config.path, config.options);
  const options = { strings: config.strings };
  return {
    async verify() {
      const result = await text.read(null, options);
      const bytes = config.strings === 'utf8' ? result.bytes : new TextEncoder().encode(result.data.join(''));
      const sums = new Checksum();
      sums.add(bytes);
      return sums.text();
    },
    measure: () => timed(() => text.read(null, options)),
    close: () => text.close(),
  };
}
