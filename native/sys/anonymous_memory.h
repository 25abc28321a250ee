#pragma once
/// \file Memory allocated directly from the kernel.
#include <cstddef>
#include <memory>

namespace posixpar::sys {

namespace detail {
struct Unmap {
  std::size_t bytes = 0;
  void operator()(std::byte* memory) const;
};
}  // namespace detail

/// Zeroed memory, which is unmapped when its owner is destroyed.
using AnonymousMemory = std::unique_ptr<std::byte[], detail::Unmap>;

/// Maps private memory (mmap(2)) that begins at a multiple of `alignment`, a power of two of at least a page.
/// \returns null if there is not enough memory. \pre `bytes` is a multiple of the page size.
AnonymousMemory map_anonymous(std::size_t bytes, std::size_t alignment);

}  // namespace posixpar::sys
