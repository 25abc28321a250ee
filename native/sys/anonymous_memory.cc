#include "native/sys/anonymous_memory.h"

#include <sys/mman.h>

#include <cstdint>

#include "native/base/checked.h"
#include "native/sys/calls.h"

namespace posixpar::sys {

void detail::Unmap::operator()(std::byte* memory) const { call_munmap(memory, bytes); }

AnonymousMemory map_anonymous(std::size_t bytes, std::size_t alignment) {
  const std::size_t room = bytes + alignment;
  if (room < bytes) return {};
  void* const at = call_mmap_anonymous(room);
  if (at == MAP_FAILED) return {};
  auto* const begin = static_cast<std::byte*>(at);
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::size_t before = align_up<std::uintptr_t>(address, alignment) - address;
  const std::size_t after = room - before - bytes;
  if (before > 0) call_munmap(begin, before);
  if (after > 0) call_munmap(begin + before + bytes, after);
  return AnonymousMemory(begin + before, detail::Unmap{bytes});
}

}  // namespace posixpar::sys
