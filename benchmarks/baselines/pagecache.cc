/// \file Warms, drops or measures the page cache of files. Usage: pagecache warm|cold|state PATH..., where a folder
/// stands for all files below it.
///
/// Prints {"bytes": ..., "cachedBytes": ...}. `warm` reads all bytes; `cold` writes back and evicts them. Counts with
/// cachestat(2) since Linux 6.5, else with mincore(2).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

constexpr long kCachestat = 451;  // The same number on all architectures.
const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

std::uint64_t cached_pages(int fd, std::size_t size) {
  struct {
    std::uint64_t offset;
    std::uint64_t length;
  } range{0, size};
  std::uint64_t counts[5] = {};
  if (::syscall(kCachestat, fd, &range, counts, 0) == 0) return counts[0];
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return 0;
  std::vector<unsigned char> resident((size + page - 1) / page);
  std::uint64_t count = 0;
  if (::mincore(at, size, resident.data()) == 0) {
    for (const auto r : resident) count += r & 1;
  }
  ::munmap(at, size);
  return count;
}

struct Totals {
  std::uint64_t bytes = 0;
  std::uint64_t cached = 0;
};

void visit(const std::string& path, const std::string& what, Totals& totals) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    std::perror(path.c_str());
    std::exit(1);
  }
  struct stat status {};
  ::fstat(fd, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (what == "cold") {
    ::fsync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  } else if (what == "warm") {
    static std::vector<char> buffer(std::size_t{1} << 20);
    for (ssize_t n = 1; n > 0;) n = ::read(fd, buffer.data(), buffer.size());
  }
  totals.bytes += size;
  if (size > 0) totals.cached += std::min<std::uint64_t>(size, cached_pages(fd, size) * page);
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: pagecache warm|cold|state PATH...\n");
    return 2;
  }
  Totals totals;
  for (int i = 2; i < argc; i++) {
    if (!std::filesystem::is_directory(argv[i])) {
      visit(argv[i], argv[1], totals);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) visit(entry.path().string(), argv[1], totals);
    }
  }
  std::printf("{\"bytes\":%llu,\"cachedBytes\":%llu}\n", static_cast<unsigned long long>(totals.bytes),
              static_cast<unsigned long long>(totals.cached));
  return 0;
}
