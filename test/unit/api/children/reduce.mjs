// Reduces the array of the argument with a small budget, and prints the results and the growth of the peak memory.
const { openArray } = await import(`${process.env.POSIX_PAR_LIBRARY}index.js`);
const array = await openArray(process.argv[2]);
await array.reduce('sum', { selection: [0] });
const before = process.resourceUsage().maxRSS;
const budgetBytes = 32 * 2 ** 20;
const sum = (await array.reduce('sum', { budgetBytes })).data[0];
const columns = (await array.reduce('mean', { axis: 0, budgetBytes })).data.length;
await array.close();
const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
process.stdout.write(JSON.stringify({ sum, columns, grownBytes }));
