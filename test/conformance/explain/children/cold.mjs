// Reads boxes while the addon treats all pages as not cached. Argument: JSON of a list of {path, selection, options}.
// Looks up /begin-N and /end-N to mark the start and end of each read in the trace.
import { existsSync } from 'node:fs';

const library = process.env.POSIX_PAR_LIBRARY;
const { openArray } = await import(new URL('index.js', library).href);
const { binding } = await import(new URL('native/binding.js', library).href);

for (const [i, { path, selection, options }] of JSON.parse(process.argv[2]).entries()) {
  const array = await openArray(path, options);
  binding().set_faults([{ path: '', skip: 0, times: 0, value: 0, op: 'pread', action: 'cold' }]);
  existsSync(`/begin-${i}`);
  await array.read(selection);
  existsSync(`/end-${i}`);
  binding().set_faults([]);
  await array.close();
}
