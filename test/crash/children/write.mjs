// Writes an array, or copies one: write.mjs JSON LIBRARY. The JSON is a `ChildWrite` (test/crash/child-write.ts).
// Faults may end the process at any call. Otherwise it prints how many calls the first fault has matched: at the end of
// each flush, and at the end.
const { binding, convert, createArray, openArray, slice } = await import(process.argv[3]);
const { action, path, source, options, writes, appends = [], faults } = JSON.parse(process.argv[2]);

/** Returns the elements `first`, `first + 1` and so on. */
function elements(box, first) {
  const count = box.reduce((product, [start, stop, step]) => product * Math.ceil((stop - start) / step), 1);
  return Float32Array.from({ length: count }, (_, i) => first + i);
}

const counts = [];
const count = () => counts.push(binding().fault_counts()[0]);

binding().set_faults(faults);
if (action === 'convert') {
  await convert(source, path, options);
} else {
  const out =
    action === 'change' ? await openArray(path, { ...options, mode: 'r+' }) : await createArray(path, options);
  for (const { box, first, flushes } of writes) {
    await out.write(
      box.map((range) => slice(...range)),
      elements(box, first),
    );
    if (flushes !== true) continue;
    await out.flush();
    count();
  }
  for (const { count, first, axis } of appends) {
    await out.append(
      Float32Array.from({ length: count }, (_, i) => first + i),
      { axis },
    );
  }
  await (action === 'discard' ? out.discard() : out.close());
}
count();
console.log(counts.join(' '));
