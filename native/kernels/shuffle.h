#pragma once
/// \file The byte shuffle and the bit shuffle that codecs apply before compression, and their inverses.
///
/// Byte shuffle (HDF5 filter 2, Blosc, numcodecs, TileDB byteshuffle) stores byte j of element i at index j * elements
/// + i. Bit shuffle (the bitshuffle library, Blosc, HDF5 filter 32008, TileDB) stores 8 * element_size bit planes of
/// elements / 8 bytes each. Bit i % 8 (least significant first) of byte i / 8 of plane p is bit p of element i. Bit p
/// of an element is bit p % 8 of its byte p / 8.
#include <cstddef>

namespace posixpar {

/// Undoes a byte shuffle: writes `elements * element_size` bytes to `out`.
/// `in` and `out` do not overlap and need no alignment. Any element size is allowed; size 1 copies.
void unshuffle_bytes(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

/// Undoes the byte shuffle for elements [first, first + elements) of a larger block. `in` points `first` bytes after
/// the start of the block. `plane_bytes` is the number of elements of the whole block. `out` receives element `first`
/// first.
void unshuffle_bytes_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                          std::size_t elements);

/// Undoes a bit shuffle: writes `elements * element_size` bytes to `out`.
/// `elements` must be a multiple of 8; the caller copies a remainder itself. `in` and `out` do not overlap and need no
/// alignment. Any element size is allowed.
void bit_unshuffle(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

/// Undoes the bit shuffle for elements [first, first + elements) of a larger block; both are multiples of 8. `in`
/// points `first / 8` bytes after the start of the block. `plane_bytes` is the number of elements of the whole block /
/// 8.
void bit_unshuffle_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                        std::size_t elements);

/// Applies a byte shuffle: writes `elements * element_size` bytes to `out`. `in` and `out` do not overlap and need no
/// alignment. Any element size is allowed; size 1 copies.
void shuffle_bytes(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

/// Applies a bit shuffle to `elements` elements. Their number must be a multiple of 8. `in` and `out` must not overlap;
/// they need no alignment.
void bit_shuffle(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

}  // namespace posixpar
