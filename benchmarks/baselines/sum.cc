/// \file Baseline for the mean of a float32 array in one file: each thread reads the next block into a small buffer
/// that stays in the cache of the processor, and adds its elements as doubles.
///
/// Arguments: file= offset= length= threads= block=
#include "common.h"

namespace {

double sum_of(const float* elements, std::size_t count) {
  constexpr std::size_t kLanes = 32;
  double lanes[kLanes] = {};
  for (std::size_t i = 0; i + kLanes <= count; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; l++) lanes[l] += static_cast<double>(elements[i + l]);
  }
  double sum = 0;
  for (std::size_t i = count / kLanes * kLanes; i < count; i++) sum += static_cast<double>(elements[i]);
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace baselines;
  const Settings settings(argc, argv);
  const std::string path = settings.text("file");
  const std::size_t offset = settings.number("offset", 0);
  const std::size_t length = settings.number("length", 0);
  const std::size_t block = settings.number("block", std::size_t{256} << 10);
  const std::size_t threads = settings.number("threads", 2);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  std::vector<std::vector<float>> buffers(threads, std::vector<float>(block / 4));
  std::vector<double> sums(threads);
  Result result(4, "reused");
  return serve(result, [&] {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&](std::size_t thread) {
      sums[thread] = 0;
      for (std::size_t at = next.fetch_add(block); at < length; at = next.fetch_add(block)) {
        const std::size_t size = std::min(block, length - at);
        pread_all(fd, buffers[thread].data(), size, offset + at);
        sums[thread] += sum_of(buffers[thread].data(), size / 4);
      }
    });
    double sum = 0;
    for (const double part : sums) sum += part;
    const auto mean = static_cast<float>(sum / static_cast<double>(length / 4));
    std::memcpy(result.data(), &mean, sizeof mean);
  });
}
