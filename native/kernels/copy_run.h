#pragma once
/// \file Copies contiguous bytes.
#include <cstddef>
#include <cstdint>

namespace posixpar {

/// Returns true if the destination begins 1 to 31 bytes after the source, modulo the page size. 4K aliasing may then
/// slow down a `rep movsb` copy by a factor of two to six. The Linux kernel copies with `rep movsb`, and so does the C
/// library for sizes of some kilobytes to a megabyte. Only the offsets within a page matter. Large JavaScript arrays
/// begin 16 bytes after a page boundary (docs/adr/0002-memory-of-results.md).
[[nodiscard]] inline bool is_4k_aliased(std::uint64_t src, std::uint64_t dst) {
  constexpr std::uint64_t kPage = 4096;
  constexpr std::uint64_t kReach = 32;
  return (dst - src - 1) % kPage < kReach - 1;
}

/// Copies `bytes` bytes that do not overlap; avoids the `rep movsb` slowdown under 4K aliasing.
void copy_run(const std::byte* src, std::byte* dst, std::size_t bytes);

}  // namespace posixpar
