/// \file Baseline for a box of a C-order array in one file: reads each contiguous run of the box, or copies it from a
/// mapping.
///
/// Arguments: file= offset= shape=a,b,c from=a,b,c count=a,b,c item=4 threads= method=pread|mmap memory=
#include "common.h"

int main(int argc, char** argv) {
  using namespace baselines;
  const Settings settings(argc, argv);
  const std::string path = settings.text("file");
  const std::size_t offset = settings.number("offset", 0);
  const auto shape = settings.numbers("shape");
  const auto from = settings.numbers("from");
  const auto count = settings.numbers("count");
  const std::size_t item = settings.number("item", 4);
  const std::size_t threads = settings.number("threads", 2);
  const bool mapped = settings.text("method", "pread") == "mmap";
  if (shape.size() != 3 || from.size() != 3 || count.size() != 3) die("expected three dimensions");

  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  const std::byte* file = nullptr;
  if (mapped) {
    const std::size_t size = offset + shape[0] * shape[1] * shape[2] * item;
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) die("mmap");
    file = static_cast<const std::byte*>(at);
  }
  const std::size_t run = count[2] * item;
  const std::size_t rows = count[0] * count[1];
  const std::size_t batch = std::max<std::size_t>(1, (std::size_t{256} << 10) / (run < 64 ? 4096 : run));
  Result result(rows * run, settings.text("memory", "fresh-huge"));
  return serve(result, [&] {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&](std::size_t) {
      for (std::size_t first = next.fetch_add(batch); first < rows; first = next.fetch_add(batch)) {
        for (std::size_t row = first; row < std::min(rows, first + batch); row++) {
          const std::size_t z = from[0] + row / count[1];
          const std::size_t y = from[1] + row % count[1];
          const std::size_t source = offset + ((z * shape[1] + y) * shape[2] + from[2]) * item;
          std::byte* target = result.data() + row * run;
          if (!mapped)
            pread_all(fd, target, run, source);
          else if (run == 4)
            std::memcpy(target, file + source, 4);
          else
            std::memcpy(target, file + source, run);
        }
      }
    });
  });
}
