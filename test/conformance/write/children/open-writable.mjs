/** Opens an array for writing. Prints `open` and the format, or the code and the message of the error. */
const { openArray } = await import(new URL('index.js', process.env.POSIX_PAR_LIBRARY).href);
const [path, lock] = process.argv.slice(2);
try {
  const array = await openArray(path, { mode: 'r+', lock });
  console.log('open', array.format);
  await array.close();
} catch (error) {
  console.log(error.code, error.message);
}
