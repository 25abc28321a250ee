/// \file Baseline for a whole file: several threads read one block after the other with pread, directly into the
/// result.
///
/// Arguments: file= offset= length= threads= block= memory=reused|fresh|fresh-huge order=turns|parts
/// order=turns: each thread takes the next block. order=parts: each thread reads its own part of the file.
#include "common.h"

int main(int argc, char** argv) {
  using namespace baselines;
  const Settings settings(argc, argv);
  const std::string path = settings.text("file");
  const std::size_t offset = settings.number("offset", 0);
  const std::size_t length = settings.number("length", 0);
  const std::size_t block = settings.number("block", std::size_t{1} << 20);
  const std::size_t threads = settings.number("threads", 2);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  Result result(length, settings.text("memory", "reused"));
  if (settings.text("order", "turns") == "parts") {
    const std::size_t blocks = (length + block - 1) / block;
    return serve(result, [&] {
      on_threads(threads, [&](std::size_t t) {
        for (std::size_t b = blocks * t / threads; b < blocks * (t + 1) / threads; b++) {
          pread_all(fd, result.data() + b * block, std::min(block, length - b * block), offset + b * block);
        }
      });
    });
  }
  return serve(result, [&] {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&](std::size_t) {
      for (std::size_t at = next.fetch_add(block); at < length; at = next.fetch_add(block)) {
        pread_all(fd, result.data() + at, std::min(block, length - at), offset + at);
      }
    });
  });
}
