// Runs modules one after another, and prints the console output of each as JSON.
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const printed = [];
for (const file of process.argv.slice(2)) {
  const lines = [];
  console.log = (...values) => lines.push(format(...values));
  await import(pathToFileURL(file).href);
  printed.push(lines);
}
process.stdout.write(JSON.stringify(printed));
