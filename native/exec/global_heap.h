#pragma once
/// \file Joins values of variable length that a file keeps in global heaps of HDF5.
/// Source: HDF5 File Format Specification 3.0, section III.E.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/codecs/codec.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// How a file stores the elements of variable length of a dataset. Each element is a reference: its length in items
/// (4 bytes), the address of a heap collection, and the index of an object in this collection (4 bytes).
struct HeapSpec {
  std::uint64_t base = 0;       ///< File offset of address 0.
  std::uint64_t file_size = 0;  ///< No collection may extend beyond it.
  unsigned address_bytes = 8;   ///< Size of an address: 2, 4 or 8.
  unsigned length_bytes = 8;    ///< Size of a length: 2, 4 or 8.
  std::uint32_t item_bytes = 1;
  bool is_text = false;  ///< True if a value ends before its first NUL.

  [[nodiscard]] std::size_t reference_bytes() const { return 8 + std::size_t{address_bytes}; }
};

/// Values of elements, one after the other.
struct HeapValues {
  std::vector<std::byte> bytes;
  std::vector<std::uint64_t> ends;  ///< End of each value in `bytes`.
};

/// Reads the objects to which `references` refer from the open file `fd`. Reads each collection once.
/// \param most  maximum number of bytes of all values.
/// \returns `invalid` for a spec out of range; `io` if the file cannot be read; `codec` if a reference or a collection
/// is damaged, or if the values are larger than `most`; `cancelled` if `cancel` was raised.
Result<HeapValues> join_heap_values(int fd, const std::string& path, const HeapSpec& spec, Bytes references,
                                    std::uint64_t most, const pool::CancelToken& cancel);

}  // namespace posixpar
