#pragma once
/// \file Copying bytes that lie together.
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Whether a copy by `rep movsb`, as the kernel's is and for some kilobytes to a megabyte the C library's, may take two
/// to six times as long: where the destination begins 1 to 31 bytes after the source, modulo a page. Of both only the
/// offset in a page has to be right. Large arrays of JavaScript begin 16 bytes after a page
/// (docs/adr/0002-memory-of-results.md).
[[nodiscard]] inline bool is_4k_aliased(std::uint64_t src, std::uint64_t dst) {
  constexpr std::uint64_t kPage = 4096;
  constexpr std::uint64_t kReach = 32;
  return (dst - src - 1) % kPage < kReach - 1;
}

/// Copies non-overlapping bytes; avoids the slowdown of `rep movsb` under 4K aliasing.
void copy_run(const std::byte* src, std::byte* dst, std::size_t bytes);

}  // namespace posixpar
