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

/// Zeroed memory that goes back to the kernel with its owner.
using AnonymousMemory = std::unique_ptr<std::byte[], detail::Unmap>;

/// mmap(2) of private memory that begins at a multiple of `alignment`, a power of two of a page or more. Null if there
/// is not enough memory. \pre `bytes` is a multiple of a page.
AnonymousMemory map_anonymous(std::size_t bytes, std::size_t alignment);

}  // namespace posixpar::sys
