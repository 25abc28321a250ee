#pragma once
/// \file Huge pages for large results.
#include <cstddef>

namespace posixpar::pool {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Below this, advice costs more than it brings.
inline constexpr std::size_t kHugePageMinimum = std::size_t{4} << 20;

/// Asks for huge pages (MADV_HUGEPAGE) in the whole 2 MiB pages inside [memory, memory + size), before the first touch.
/// It is advice: refusal is not an error and contents stay as they are.
/// \returns the bytes that were advised; 0 below kHugePageMinimum or where the kernel has no huge pages.
std::size_t advise_huge(void* memory, std::size_t size);

}  // namespace posixpar::pool
