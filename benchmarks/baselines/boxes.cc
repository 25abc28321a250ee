/// \file Baseline for boxes of a C-order array in one file that is not in the page cache. One thread reads them one
/// after the other.
///
/// Arguments: file= offset= shape=a,b,c count=a,b,c from=a,b,c,a,b,c,... item=4
/// method=mmap copies rows from a mapping of the file. method=willneed first calls POSIX_FADV_WILLNEED for each plane
/// of a box, from its first to its last row including the gaps between rows. Then it copies from the mapping.
#include "common.h"

int main(int argc, char** argv) {
  using namespace baselines;
  const Settings settings(argc, argv);
  const std::string path = settings.text("file");
  const std::size_t offset = settings.number("offset", 0);
  const auto shape = settings.numbers("shape");
  const auto count = settings.numbers("count");
  const auto from = settings.numbers("from");
  const std::size_t item = settings.number("item", 4);
  const bool asks = settings.text("method", "mmap") == "willneed";
  if (shape.size() != 3 || count.size() != 3 || from.size() % 3 != 0) die("expected three dimensions");

  const std::size_t run = count[2] * item;
  const std::size_t box = count[0] * count[1] * run;
  const std::size_t row = shape[2] * item;
  Result result(from.size() / 3 * box, settings.text("memory", "reused"));
  return serve(result, [&] {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) die(path);
    const std::size_t size = offset + shape[0] * shape[1] * row;
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) die("mmap");
    const auto* file = static_cast<const std::byte*>(at);
    for (std::size_t b = 0; b < from.size() / 3; b++) {
      const std::size_t* const start = &from[3 * b];
      const auto plane = [&](std::size_t z) {
        return offset + ((start[0] + z) * shape[1] + start[1]) * row + start[2] * item;
      };
      for (std::size_t z = 0; asks && z < count[0]; z++) {
        const auto length = static_cast<off_t>((count[1] - 1) * row + run);
        ::posix_fadvise(fd, static_cast<off_t>(plane(z)), length, POSIX_FADV_WILLNEED);
      }
      std::byte* to = result.data() + b * box;
      for (std::size_t z = 0; z < count[0]; z++) {
        for (std::size_t y = 0; y < count[1]; y++, to += run) std::memcpy(to, file + plane(z) + y * row, run);
      }
    }
    // Unmaps the file, because the kernel does not evict mapped pages, and the next round needs an empty page cache.
    ::munmap(at, size);
    ::close(fd);
  });
}
