/**
 * Lists all arrays of a file or store with shape and type: node group-walk.ts PATH
 */
import { openGroup } from 'posix-par';

const [, , path = 'run.h5'] = process.argv;
const group = await openGroup(path);
for await (const entry of group.walk()) {
  if (entry.kind !== 'array') continue;
  const array = await group.openArray(entry.name);
  console.log(`${entry.name} ${array.dtype} [${array.shape.join(', ')}]`);
  await array.close();
}
