#pragma once
/// \file Copies back references (matches), for all LZ77 decoders.
#include <cstddef>
#include <cstring>

namespace posixpar::codecs {

/// Copies `length` bytes from `distance` bytes before `to`. If the two ranges overlap, the last `distance` bytes
/// repeat. The caller ensures that `distance` is at least 1 and within the output so far, and that length <= end - to.
inline void copy_back_reference(std::byte* to, std::size_t distance, std::size_t length, const std::byte* end) {
  const std::byte* from = to - distance;
  if (distance == 1) {
    std::memset(to, static_cast<int>(*from), length);
    return;
  }
  if (distance >= 8 && static_cast<std::size_t>(end - to) >= length + 8) {
    // Copies eight bytes at a time. Later output overwrites up to seven excess bytes.
    for (std::size_t i = 0; i < length; i += 8) std::memcpy(to + i, from + i, 8);
    return;
  }
  for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
}

}  // namespace posixpar::codecs
