"""Writes small HDF5 and NetCDF-4 files that hold one of each structure, to be mutated.

usage: seeds.py OUT
"""

import os
import sys

import h5py
import netCDF4
import numpy as np

OUT = sys.argv[1]
LIBVERS = {'earliest': 'earliest', 'v110': ('v110', 'v110'), 'latest': 'latest'}

for libver, bounds in LIBVERS.items():
    with h5py.File(os.path.join(OUT, f'groups-{libver}.h5'), 'w', libver=bounds) as f:
        g = f.create_group('g', track_order=True)
        for i in range(12):
            g[f'link{i}'] = i
        g['soft'] = h5py.SoftLink('/g/link3')
        f['type'] = np.dtype('>f4')
        d = f.create_dataset('d', (4,), f['type'])
        for i in range(12):
            d.attrs[f'a{i}'] = np.arange(i)
        d.attrs['text'] = 'some text'
        d.attrs['texts'] = np.array(['a', 'bb'], object)
        d.attrs['sequence'] = np.array((1, 2.5), dtype=[('n', 'i4'), ('x', 'f8')])
    with h5py.File(os.path.join(OUT, f'chunks-{libver}.h5'), 'w', libver=bounds) as f:
        for name, maxshape, filters in (('fixed', None, {}), ('first', (None, 9), {'compression': 'gzip'}),
                                        ('last', (40, None), {'shuffle': True, 'compression': 'gzip', 'fletcher32': True}),
                                        ('both', (None, None), {})):
            d = f.create_dataset(name, (40, 9), 'i2', chunks=(1, 4), maxshape=maxshape, fillvalue=3, **filters)
            d[:, 2:] = 7
        f.create_dataset('single', (6, 5), 'f4', chunks=(6, 5), compression='gzip')[...] = 1
        f['contiguous'] = np.arange(10.0)

with netCDF4.Dataset(os.path.join(OUT, 'dimensions.nc'), 'w') as f:
    f.createDimension('t', None)
    f.createDimension('x', 3)
    f.createVariable('t', 'f8', ('t',))[0:4] = np.arange(4)
    f.createVariable('v', 'i2', ('t', 'x'), zlib=True)[0:2] = np.ones((2, 3))
    # In no-fill mode, a variable that is shorter than its dimension has the default fill value of the type past its
    # end.
    f.createVariable('n', 'f4', ('t', 'x'), fill_value=False)[0:2] = np.ones((2, 3))
