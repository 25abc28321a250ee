/// \file Compares direct reads (O_DIRECT) of random blocks of a file into scattered small pages and into huge pages.
///
/// Build and run from the repository root, on a file of 1 GiB or more:
///
/// g++ -std=c++20 -O3 -I. benchmarks/native/direct_memory_bench.cc -o build-direct-memory-bench
/// ./build-direct-memory-bench FILE
///
/// Uses one thread. For each block size, both kinds of memory alternate. Prints the median of seven rounds of at most
/// 64 MiB in GB/s.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

namespace {

constexpr std::size_t kRegion = std::size_t{1} << 30;
constexpr std::size_t kHuge = std::size_t{2} << 20;
constexpr std::size_t kMemory = 4 * kHuge;

double now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

std::byte* touched(int advice) {
  void* at = ::mmap(nullptr, kMemory + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) std::abort();
  auto* begin = static_cast<std::byte*>(at);
  begin += (kHuge - reinterpret_cast<std::uintptr_t>(begin) % kHuge) % kHuge;
  ::madvise(begin, kMemory, advice);
  for (std::size_t i = 0; i < kMemory; i += 4096) begin[i] = std::byte{1};
  return begin;
}

double rate(int fd, std::byte* into, std::size_t block, std::mt19937& random) {
  const std::size_t count = std::min<std::size_t>((std::size_t{64} << 20) / block, 2000);
  const double start = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<off_t>(random() % (kRegion / block) * block);
    if (::pread(fd, into, block, at) != static_cast<ssize_t>(block)) {
      std::perror("pread");
      std::exit(1);
    }
  }
  return static_cast<double>(count * block) / (now_ns() - start);
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = argc > 1 ? ::open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC) : -1;
  if (fd < 0 || ::lseek(fd, 0, SEEK_END) < static_cast<off_t>(kRegion)) {
    std::fprintf(stderr, "Expected a file of 1 GiB or more that can be read with O_DIRECT\n");
    return 1;
  }
  std::array<std::byte*, 2> memory = {touched(MADV_NOHUGEPAGE), touched(MADV_HUGEPAGE)};
  std::mt19937 random(1);
  std::printf("%8s %10s %10s\n", "KiB", "scattered", "huge pages");
  for (const std::size_t kib : {4, 16, 64, 128, 256, 512, 1024, 4096}) {
    std::array<std::array<double, 7>, 2> rates{};
    for (std::size_t round = 0; round < 7; ++round) {
      for (std::size_t m = 0; m < 2; ++m) rates[m][round] = rate(fd, memory[m], kib << 10, random);
    }
    for (auto& one : rates) std::sort(one.begin(), one.end());
    std::printf("%8zu %10.2f %10.2f\n", kib, rates[0][3], rates[1][3]);
  }
  return 0;
}
