/**
 * Lists all arrays of a file or store with shape and type: node group-walk.ts PATH
 */
import { openGroup } from 'posix-par';

const [, , path = 'run.h5'] = process.argv;
const group = await openGroup(path);
for await (const { name, array, error } of group.walk()) {
  if (array !== undefined) console.log(`${name} ${array.dtype ?? array.elements} [${array.shape.join(', ')}]`);
  if (error !== undefined) console.log(`${name} is not read: ${error.message}`);
}
