// Writes half of an output file, prints its own process ID and waits until it is killed.
const { OutputFile } = await import(new URL('files/output-file.js', process.env.POSIX_PAR_LIBRARY).href);

const file = await OutputFile.create(process.argv[2]);
await file.write('half');
console.log(process.pid);
setInterval(() => {}, 2 ** 30);
