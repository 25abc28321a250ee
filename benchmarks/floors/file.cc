/// \file Floor of reading a whole file: threads that do nothing but pread blocks into their places.
///
/// file= offset= length= threads= block= memory=reused|fresh|fresh-huge
#include "common.h"

int main(int argc, char** argv) {
  using namespace floors;
  const Settings settings(argc, argv);
  const std::string path = settings.text("file");
  const std::size_t offset = settings.number("offset", 0);
  const std::size_t length = settings.number("length", 0);
  const std::size_t block = settings.number("block", std::size_t{1} << 20);
  const std::size_t threads = settings.number("threads", 2);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  Result result(length, settings.text("memory", "reused"));
  return serve(result, [&] {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&](std::size_t) {
      for (std::size_t at = next.fetch_add(block); at < length; at = next.fetch_add(block)) {
        pread_all(fd, result.data() + at, std::min(block, length - at), offset + at);
      }
    });
  });
}
