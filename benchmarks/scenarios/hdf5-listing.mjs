const kinds = ['btree1', 'implicit', 'fixed', 'extensible', 'btree2'];

/** Returns one contender per kind of chunk index. */
const perKind = (name, use) => kinds.map((kind) => [`${name}-${kind}`, { use, data: `index-${kind}.h5` }]);

export default {
  order: 115,
  group: 'hdf5',
  title: 'HDF5, the locations of all 1,000,000 chunks, for each kind of chunk index: open, list, read one box, close',
  reference: 'index-fixed.h5',
  data: 'index-fixed.h5',
  shape: [200, 200, 400],
  selections: [
    [
      [101, 109],
      [37, 53],
      [211, 227],
    ],
  ],
  contenders: Object.fromEntries([...perKind('posix-par', 'posix-par-list'), ...perKind('h5py', 'h5py-list')]),
  targets: kinds.map((kind) => ({ faster: `posix-par-${kind}`, than: [`h5py-${kind}`], atLeast: 2 })),
};
