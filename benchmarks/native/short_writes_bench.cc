/// \file Compares two ways to write 500 boxes of 16 x 32 x 32 float32 elements into a file of 64 x 1024 x 1024: one
/// pwrite(2) per run of 128 bytes, and a mapping of the file. Both end with fdatasync(2).
///
/// Build and run from the repository root:
///
/// g++ -std=c++20 -O3 -I. benchmarks/native/short_writes_bench.cc -o build-short-writes-bench
/// ./build-short-writes-bench FILE
///
/// FILE must not exist; it is created and removed for each run. The contenders alternate. Prints medians of seven runs
/// in milliseconds: the time of writing and the time of fdatasync.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace {

constexpr std::size_t kBytes = std::size_t{256} << 20;
constexpr std::size_t kRun = 128;

void check(bool ok, const char* call) {
  if (ok) return;
  std::perror(call);
  std::exit(1);
}

std::vector<std::size_t> run_offsets() {
  std::mt19937 random(1);
  std::vector<std::size_t> offsets;
  for (int box = 0; box < 500; box++) {
    const std::size_t z = random() % 49;
    const std::size_t y = random() % 993;
    const std::size_t x = random() % 993;
    for (std::size_t i = 0; i < 16; i++) {
      for (std::size_t j = 0; j < 32; j++) offsets.push_back((((z + i) * 1024 + y + j) * 1024 + x) * 4);
    }
  }
  return offsets;
}

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int count, char** arguments) {
  check(count == 2, "expected FILE");
  const char* path = arguments[1];
  const std::vector<std::size_t> offsets = run_offsets();
  const std::vector<char> run(kRun, 1);
  std::vector<double> ms[2][2];  // By contender: writing, fdatasync.
  for (int round = 0; round < 14; round++) {
    const bool maps = round % 2 == 1;
    const int fd = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    check(fd >= 0, "open");
    check(::posix_fallocate(fd, 0, kBytes) == 0, "posix_fallocate");
    ::sync();
    const double begin = now_ms();
    if (maps) {
      void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      check(memory != MAP_FAILED, "mmap");
      for (const std::size_t offset : offsets) std::memcpy(static_cast<char*>(memory) + offset, run.data(), kRun);
      ::munmap(memory, kBytes);
    } else {
      for (const std::size_t offset : offsets) {
        check(::pwrite(fd, run.data(), kRun, static_cast<off_t>(offset)) == static_cast<ssize_t>(kRun), "pwrite");
      }
    }
    const double written = now_ms();
    check(::fdatasync(fd) == 0, "fdatasync");
    ms[maps][0].push_back(written - begin);
    ms[maps][1].push_back(now_ms() - written);
    ::close(fd);
    ::unlink(path);
  }
  for (const bool maps : {false, true}) {
    for (auto& times : ms[maps]) std::ranges::sort(times);
    std::printf("%-8s writing %6.1f ms, fdatasync %6.1f ms\n", maps ? "mapping" : "pwrite", ms[maps][0][3],
                ms[maps][1][3]);
  }
}
