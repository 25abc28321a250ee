/// \file Writes to new memory and frees it. Later measurements on a new virtual machine then do not wait until the host
/// provides memory. Usage: touch BYTES
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const std::size_t bytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (bytes == 0) return 0;
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    std::perror("mmap");
    return 1;
  }
  ::madvise(at, bytes, MADV_HUGEPAGE);
  volatile char* memory = static_cast<char*>(at);
  for (std::size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
  return 0;
}
