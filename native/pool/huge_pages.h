#pragma once
/// \file Requests huge pages for large blocks of memory.
#include <cstddef>

namespace posixpar::pool {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Minimum size of memory for which requesting huge pages takes less time than it saves.
inline constexpr std::size_t kHugePageMinimum = std::size_t{4} << 20;

/// Requests huge pages (MADV_HUGEPAGE) for all 2 MiB pages that are completely inside [memory, memory + size). Call it
/// before the memory is touched. This is only advice: contents do not change, and it is no error if the kernel rejects
/// it.
/// \returns the number of bytes advised; 0 below kHugePageMinimum, or if the kernel has no huge pages.
std::size_t advise_huge(void* memory, std::size_t size);

}  // namespace posixpar::pool
