// Explains and reads boxes. Argument: JSON of a list of {path, selection, options}. Prints one line of JSON per box.
// Looks up /explain-N, /begin-N and /end-N to mark the explanation and the start and end of the read in the trace.
import { existsSync } from 'node:fs';

const { openArray } = await import(new URL('index.js', process.env.POSIX_PAR_LIBRARY).href);

for (const [i, { path, selection, options }] of JSON.parse(process.argv[2]).entries()) {
  const array = await openArray(path, options);
  existsSync(`/explain-${i}`);
  const plan = array.explain(selection);
  existsSync(`/begin-${i}`);
  const { stats } = await array.read(selection);
  existsSync(`/end-${i}`);
  await array.close();
  console.log(JSON.stringify({ plan, stats }));
}
