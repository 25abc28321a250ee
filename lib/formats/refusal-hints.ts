/**
 * Advice for errors about what several formats do not read. docs/guide/not-read.md gives the same advice.
 * @module
 */

/** Advice for floats of more than 64 bits. */
export const longDoubleHint = "Convert the data with NumPy: data.astype('f8')";

/** Advice for HDF5 elements and filters that are not supported, which h5py reads. */
export const h5pyHint = 'Read it with h5py, and save what you need with another type';

/** Advice for virtual datasets that are not supported. */
export const virtualHint = 'Copy it into an ordinary dataset with h5py';

/** Advice for NumPy arrays of Python objects. */
export const objectsHint = "Convert the array with NumPy, for example a.astype('S16')";
