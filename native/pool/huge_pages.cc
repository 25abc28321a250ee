#include "native/pool/huge_pages.h"

#include <cstdint>

#include "native/base/checked.h"
#include "native/sys/storage.h"

namespace posixpar::pool {

std::size_t advise_huge(void* memory, std::size_t size) {
  if (size < kHugePageMinimum) return 0;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t begin = align_up<std::uintptr_t>(address, kHugePage);
  const std::uintptr_t end = align_down<std::uintptr_t>(address + size, kHugePage);
  if (end <= begin) return 0;
  const std::size_t bytes = end - begin;
  return sys::advise_huge_pages(reinterpret_cast<void*>(begin), bytes).ok() ? bytes : 0;
}

}  // namespace posixpar::pool
