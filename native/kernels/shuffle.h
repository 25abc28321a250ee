#pragma once
/// \file Undoing the byte shuffle and the bit shuffle that codecs apply before compression.
///
/// Byte shuffle (HDF5 filter 2, Blosc, numcodecs, TileDB byteshuffle): byte j of element i is stored at j * elements +
/// i. Bit shuffle (the bitshuffle library, Blosc, HDF5 filter 32008, TileDB): 8 * element_size bit planes of elements /
/// 8 bytes each; bit i % 8 (least significant first) of byte i / 8 of plane p is bit p of element i, where bit p of an
/// element is bit p % 8 of its byte p / 8.
#include <cstddef>

namespace posixpar {

/// Undoes a byte shuffle: `elements * element_size` bytes from `in` to `out`.
/// Contract: the two do not overlap; no alignment needed; any element size (1 copies).
void unshuffle_bytes(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

/// The same for elements [first, first + elements) of a larger shuffled block: `in` points at byte 0 of the block plus
/// `first`, and the planes are `plane_bytes` apart (the block's number of elements). `out` gets element `first` at its
/// beginning.
void unshuffle_bytes_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                          std::size_t elements);

/// Undoes a bit shuffle: `elements * element_size` bytes from `in` to `out`.
/// Contract: `elements` is a multiple of 8 (the caller copies a remainder itself); the two do not overlap; no alignment
/// needed; any element size.
void bit_unshuffle(const std::byte* in, std::byte* out, std::size_t element_size, std::size_t elements);

/// The same for elements [first, first + elements) of a larger block, both multiples of 8: `in` points at the block
/// plus `first / 8`, and the bit planes are `plane_bytes` apart (the block's number of elements / 8).
void bit_unshuffle_part(const std::byte* in, std::size_t plane_bytes, std::byte* out, std::size_t element_size,
                        std::size_t elements);

}  // namespace posixpar
