/// \file Measures 4K aliasing: some processors copy slowly if source and destination have nearly the same position
/// within a page. Copies from the page cache with pread, and from a mapping with memcpy and `copy_run`. The columns of
/// the table are the distances from source to destination in bytes, modulo the page size.
///
/// Build and run from the repository root, on a file of 256 MiB or more:
///
/// g++ -std=c++20 -O3 -I. native/kernels/*.cc benchmarks/native/copies_bench.cc -o build-copies-bench
/// ./build-copies-bench FILE
///
/// First reads the file once, so that it is in the page cache. Checks each cell, and prints the best of five rounds in
/// GB/s.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <utility>

#include "native/kernels/copy_run.h"

namespace {

constexpr std::size_t kRegion = std::size_t{256} << 20;
constexpr std::size_t kPage = 4096;

double now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

std::byte* map(std::size_t size, int protection, int flags, int fd) {
  void* at = ::mmap(nullptr, size, protection, flags | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) {
    std::perror("mmap");
    std::exit(1);
  }
  return static_cast<std::byte*>(at);
}

using Copy = std::function<void(std::size_t offset, std::byte* to, std::size_t bytes)>;

double rate(const Copy& copy, const std::byte* file, std::byte* to, std::size_t block) {
  copy(block, to, block);
  if (std::memcmp(to, file + block, block) != 0) {
    std::fprintf(stderr, "The copy is wrong\n");
    std::exit(1);
  }
  double best = 1e18;
  for (int round = 0; round < 5; ++round) {
    const double start = now_ns();
    for (std::size_t at = 0; at < kRegion; at += block) copy(at, to, block);
    best = std::min(best, now_ns() - start);
  }
  return static_cast<double>(kRegion) / best;
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = argc > 1 ? ::open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0 || ::lseek(fd, 0, SEEK_END) < static_cast<off_t>(kRegion)) {
    std::fprintf(stderr, "Expected a file of 256 MiB or more\n");
    return 1;
  }
  const std::byte* file = map(kRegion, PROT_READ, MAP_SHARED, fd);
  constexpr std::array<std::size_t, 3> kBlocks = {64 << 10, 1 << 20, 16 << 20};
  std::byte* memory = map(kBlocks.back() + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  const std::array<std::pair<const char*, Copy>, 3> ways = {{
      {"pread",
       [&](std::size_t at, std::byte* to, std::size_t n) {
         if (::pread(fd, to, n, static_cast<off_t>(at)) != static_cast<ssize_t>(n)) std::abort();
       }},
      {"memcpy", [&](std::size_t at, std::byte* to, std::size_t n) { std::memcpy(to, file + at, n); }},
      {"copy_run", [&](std::size_t at, std::byte* to, std::size_t n) { posixpar::copy_run(file + at, to, n); }},
  }};
  constexpr std::array<std::size_t, 10> kAfter = {0, 1, 8, 16, 24, 31, 32, 40, 2048, 4095};
  std::printf("%8s %9s", "KiB", "");
  for (const std::size_t after : kAfter) std::printf(" %6zu", after);
  for (const std::size_t block : kBlocks) {
    for (const auto& [name, copy] : ways) {
      std::printf("\n%8zu %9s", block >> 10, name);
      for (const std::size_t after : kAfter) std::printf(" %6.1f", rate(copy, file, memory + after, block));
    }
  }
  std::printf("\n");
  return 0;
}
