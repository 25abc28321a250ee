/** Helpers for the writers of both languages. */

/**
 * Converts an entry of words.mjs to an object. It may be written as a name, as an array of name and doc, or as an
 * object.
 */
export function entry(given) {
  if (typeof given === 'string') return { name: given };
  return Array.isArray(given) ? { name: given[0], doc: given.at(-1) } : given;
}

/** Converts a name to snake case: `wholeRuns` to `whole_runs`, `uring-direct` to `uring_direct`. */
export const snake = (name) => name.replace(/-/g, '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Converts a name to upper camel case: `wholeRuns` to `WholeRuns`. */
export const upper = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** Capitalises a text, unless it begins with a code name, and ends it with a full stop. */
export function sentence(text) {
  const isWord = /^[a-z]+[ ,:;']/.test(text) && !/^(x|mmap|pread) /.test(text);
  return `${isWord ? upper(text) : text}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** Breaks `text` into lines of at most `width` characters. */
export function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
