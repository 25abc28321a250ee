const kinds = ['btree1', 'implicit', 'fixed', 'extensible', 'btree2'];

/** Returns one contender per kind of chunk index. */
const perKind = (name, use) => kinds.map((kind) => [`${name}-${kind}`, { use, data: `index-${kind}.h5` }]);

export default {
  order: 110,
  group: 'hdf5',
  title: 'HDF5, one box of an array of 1,000,000 chunks: opened, read and closed, for each kind of chunk index',
  reference: 'index-fixed.h5',
  data: 'index-fixed.h5',
  cache: 'cold',
  shape: [200, 200, 400],
  selections: [
    [
      [101, 109],
      [37, 53],
      [211, 227],
    ],
  ],
  contenders: Object.fromEntries([...perKind('posix-par', 'posix-par-open'), ...perKind('h5py', 'h5py-open')]),
  targets: kinds.map((kind) => ({ of: `posix-par-${kind}`, msAtMost: 20 })),
};
