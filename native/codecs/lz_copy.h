#pragma once
/// \file The back reference of every LZ77 decoder.
#include <cstddef>
#include <cstring>

namespace posixpar::codecs {

/// Copies `length` bytes from `distance` before `to`; the two may overlap, which repeats the last `distance` bytes.
/// The caller has checked 1 <= distance <= bytes before `to`, and length <= end - to.
inline void copy_back_reference(std::byte* to, std::size_t distance, std::size_t length, const std::byte* end) {
  const std::byte* from = to - distance;
  if (distance == 1) {
    std::memset(to, static_cast<int>(*from), length);
    return;
  }
  if (distance >= 8 && static_cast<std::size_t>(end - to) >= length + 8) {
    // Eight at a time, up to seven too many, which later output overwrites.
    for (std::size_t i = 0; i < length; i += 8) std::memcpy(to + i, from + i, 8);
    return;
  }
  for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
}

}  // namespace posixpar::codecs
