// Opens arrays by relative paths, changes the current directory, and reads the arrays. Usage: node chdir.mjs HERE THERE
// NAME...
import { basename } from 'node:path';
import { check, checkCounting, library } from './library.mjs';

const [here, there, ...names] = process.argv.slice(2);
process.chdir(here);
const open = [];
for (const name of names) {
  for (const path of [name, `./${name}`, `../${basename(here)}/${name}`]) open.push(await library.openArray(path));
}
const group = await library.openGroup('group');
process.chdir(there);
for (const name of names) {
  const other = await library.openArray(name);
  check(
    (await other.read()).data.some((value, i) => value !== i),
    `other elements in ${there}/${name}`,
  );
  await other.close();
}
for (const array of open) {
  checkCounting((await array.read()).data, 8);
  checkCounting(array.readSync().data, 8);
  check(array.path.startsWith(here), `a path from the root, not ${array.path}`);
  await array.close();
}
const [{ name }] = await group.children();
const member = await group.openArray(name);
checkCounting((await member.read()).data, 8);
await member.close();
console.log('ok');
