#pragma once
/// \file Decodes Blosc-1 frames with LZ4 compression and byte shuffle of 4-byte elements. Does not check the frames,
/// because baselines only read valid data.
#include <lz4.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "unshuffle.h"

namespace baselines {

inline std::uint32_t little32(const std::byte* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 4);
  return value;
}

/// Decodes a frame into `into`. `scratch` must have space for one decoded block.
/// \returns the decoded size, or 0 for an unsupported kind of frame.
inline std::size_t blosc_lz4(const std::byte* frame, std::byte* into, std::byte* scratch) {
  const auto flags = std::to_integer<unsigned>(frame[2]);
  const auto typesize = std::to_integer<std::size_t>(frame[3]);
  const std::size_t bytes = little32(frame + 4);
  const std::size_t block = little32(frame + 8);
  if ((flags & 0x02) != 0) {
    std::memcpy(into, frame + 16, bytes);
    return bytes;
  }
  if (typesize != 4 || flags >> 5 != 1 || (flags & 0x04) != 0) return 0;
  const bool shuffled = (flags & 0x01) != 0;
  for (std::size_t at = 0, index = 0; at < bytes; at += block, index++) {
    const std::size_t size = std::min(block, bytes - at);
    // A block has one LZ4 stream for each byte of an element. It has a single stream if the frame forbids splitting, if
    // it is the last block and shorter than the others, or if blocks have fewer than 128 elements.
    const bool split = (flags & 0x10) == 0 && size == block && block / typesize >= 128;
    const std::size_t streams = split ? typesize : 1;
    const std::size_t part = size / streams;
    std::byte* target = shuffled ? scratch : into + at;
    const std::byte* from = frame + little32(frame + 16 + 4 * index);
    for (std::size_t s = 0; s < streams; s++) {
      const std::size_t stored = little32(from);
      from += 4;
      if (stored == part) {
        std::memcpy(target + s * part, from, part);
      } else {
        const int got =
            LZ4_decompress_safe(reinterpret_cast<const char*>(from), reinterpret_cast<char*>(target + s * part),
                                static_cast<int>(stored), static_cast<int>(part));
        if (got != static_cast<int>(part)) return 0;
      }
      from += stored;
    }
    if (shuffled) unshuffle4(scratch, into + at, size / 4);
  }
  return bytes;
}

}  // namespace baselines
