/// \file Measures the throughput of the copy, conversion and unshuffle kernels, relative to memcpy of the same bytes in
/// the same run.
///
/// Build and run from the repository root:
///
/// g++ -std=c++20 -O3 -I. native/kernels/*.cc benchmarks/native/kernels_bench.cc -o build-kernels-bench
/// ./build-kernels-bench [substring of the cells to run] [name of the instruction set]
///
/// Each cell is first checked against a simple loop. Memory is touched beforehand, the first round is discarded, and
/// the best of the others counts. GB/s counts the bytes written. "of memcpy" compares with a memcpy of the same number
/// of bytes between the same buffers, measured in alternation. Sources that represent a file have small pages, like
/// mappings of the page cache. Results have huge pages, as in the library.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "native/kernels/isa.h"
#include "native/kernels/scatter.h"
#include "native/kernels/shuffle.h"

namespace posixpar {
namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kSrcBytes = 512 * kMiB;
constexpr std::size_t kDstBytes = 128 * kMiB;

class Mapping {
 public:
  Mapping(std::size_t size, int advice) : size_(size) {
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) std::abort();
    ::madvise(at, size, advice);
    data_ = static_cast<std::byte*>(at);
    std::uint64_t x = 88172645463325252ULL;
    for (std::size_t i = 0; i < size; i += 8) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      std::memcpy(data_ + i, &x, 8);
    }
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(data_, size_); }
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_;
};

/// Best times of two functions. The functions run alternately, so that a busy machine slows down both. The times are
/// CPU times of this thread, which exclude waiting for a core.
struct Times {
  double first = std::numeric_limits<double>::infinity();
  double second = std::numeric_limits<double>::infinity();
};

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Times alternate(const std::function<void()>& first, const std::function<void()>& second) {
  Times best;
  double spent = 0;
  for (int round = 0; round < 60 && (round < 6 || spent < 1.5); ++round) {
    const double start = now();
    first();
    const double middle = now();
    second();
    const double end = now();
    spent += end - start;
    if (round == 0) continue;
    best.first = std::min(best.first, middle - start);
    best.second = std::min(best.second, end - middle);
  }
  return best;
}

struct Bench {
  Mapping src{kSrcBytes, MADV_NOHUGEPAGE};
  Mapping dst{kDstBytes, MADV_HUGEPAGE};
  Mapping check{kDstBytes, MADV_HUGEPAGE};
  std::string_view only;

  void report(const std::string& name, std::size_t bytes, std::size_t elements, const std::function<void()>& work) {
    if (name.find(only) == std::string::npos) return;
    std::memset(dst.data(), 0, bytes);
    work();
    if (std::memcmp(dst.data(), check.data(), bytes) != 0) {
      std::printf("%-44s WRONG RESULT\n", name.c_str());
      std::exit(1);
    }
    const auto [plain, took] = alternate([&] { std::memcpy(dst.data(), src.data(), bytes); }, work);
    std::printf("%-44s %7.2f GB/s %8.3f ns/element  memcpy %6.2f GB/s  %5.2f of memcpy\n", name.c_str(),
                static_cast<double>(bytes) / took * 1e-9, took * 1e9 / static_cast<double>(elements),
                static_cast<double>(bytes) / plain * 1e-9, plain / took);
    std::fflush(stdout);
  }

  /// Measures a copy of one to three dimensions without conversion of the type; `swap` reverses the bytes of each
  /// element.
  void copy(const std::string& name, std::vector<CopyDim> dims, DType type, bool swap = false) {
    if (name.find(only) == std::string::npos) return;
    const std::size_t size = dtype_size(type);
    const std::size_t unit = swap ? dtype_swap_size(type) : 1;
    std::vector<CopyDim> all = dims;
    all.insert(all.begin(), 3 - all.size(), CopyDim{});
    std::size_t elements = 1;
    for (const CopyDim& dim : dims) elements *= dim.count;
    std::memset(check.data(), 0, elements * size);
    const auto at = [](std::uint64_t i, std::int64_t step, const std::uint64_t* index) {
      return static_cast<std::int64_t>(index != nullptr ? index[i] : i) * step;
    };
    for (std::uint64_t i = 0; i < all[0].count; ++i) {
      for (std::uint64_t j = 0; j < all[1].count; ++j) {
        for (std::uint64_t k = 0; k < all[2].count; ++k) {
          const std::byte* from = src.data() + at(i, all[0].src_step, all[0].src_index) +
                                  at(j, all[1].src_step, all[1].src_index) + at(k, all[2].src_step, all[2].src_index);
          std::byte* to = check.data() + at(i, all[0].dst_step, all[0].dst_index) +
                          at(j, all[1].dst_step, all[1].dst_index) + at(k, all[2].dst_step, all[2].dst_index);
          for (std::size_t b = 0; b < size; ++b) to[b] = from[unit == 1 ? b : (b / unit + 1) * unit - 1 - b % unit];
        }
      }
    }
    const Conversion conversion{.from = type, .to = type, .swap = swap};
    report(name, elements * size, elements, [this, dims, conversion] {
      if (!copy_nd(src.data(), dst.data(), dims, conversion).ok()) std::abort();
    });
  }

  template <typename From, typename To>
  void convert(const std::string& name, DType from, DType to, bool scaled, std::function<To(From)> oracle,
               Overflow overflow = Overflow::error) {
    if (name.find(only) == std::string::npos) return;
    const std::size_t elements = 8 * kMiB;
    for (std::size_t i = 0; i < elements; ++i) {
      From value;
      std::memcpy(&value, src.data() + i * sizeof value, sizeof value);
      const To result = oracle(value);
      std::memcpy(check.data() + i * sizeof result, &result, sizeof result);
    }
    const CopyDim line{elements, sizeof(From), sizeof(To), nullptr, nullptr};
    const Conversion conversion{
        .from = from, .to = to, .swap = false, .overflow = overflow, .scaled = scaled, .scale = 0.5, .offset = 3};
    report(name, elements * sizeof(To), elements, [this, line, conversion] {
      if (!copy_nd(src.data(), dst.data(), std::span(&line, 1), conversion).ok()) std::abort();
    });
  }
};

CopyDim dim(std::uint64_t count, std::int64_t src_step, std::int64_t dst_step) {
  return {count, src_step, dst_step, nullptr, nullptr};
}

void copies(Bench& bench) {
  bench.copy("runs of 64 B at 4 KiB", {dim(131072, 4096, 64), dim(64, 1, 1)}, DType::uint8);
  bench.copy("runs of 128 B at 4 KiB", {dim(131072, 4096, 128), dim(128, 1, 1)}, DType::uint8);
  bench.copy("runs of 128 B at 4 KiB, 2 MiB cached", {dim(64, 0, 128 * 512), dim(512, 4096, 128), dim(128, 1, 1)},
             DType::uint8);
  bench.copy("runs of 256 B at 1 KiB", {dim(400000, 1024, 256), dim(256, 1, 1)}, DType::uint8);
  bench.copy("runs of 2 KiB at 8 KiB", {dim(65000, 8192, 2048), dim(2048, 1, 1)}, DType::uint8);
  bench.copy("runs of 2040 B at 8 KiB, unaligned", {dim(65000, 8199, 2040), dim(2040, 1, 1)}, DType::uint8);
  bench.copy("runs of 12 B at 16 B", {dim(8000000, 16, 12), dim(12, 1, 1)}, DType::uint8);
  bench.copy("runs of 24 B at 64 B", {dim(4000000, 64, 24), dim(24, 1, 1)}, DType::uint8);
  bench.copy("gather 4 B at 4 KiB", {dim(131072, 4096, 4)}, DType::float32);
  bench.copy("gather 4 B at 4 KiB, 8 columns", {dim(8, 4, 131072 * 4), dim(131072, 4096, 4)}, DType::float32);
  bench.copy("gather 4 B at 64 B", {dim(8000000, 64, 4)}, DType::float32);
  bench.copy("gather 4 B at 8 B", {dim(16000000, 8, 4)}, DType::float32);
  bench.copy("gather 1 B at 2 B", {dim(64000000, 2, 1)}, DType::uint8);
  bench.copy("gather 2 B at 8 B", {dim(32000000, 8, 2)}, DType::uint16);
  bench.copy("gather 8 B at 16 B", {dim(16000000, 16, 8)}, DType::float64);
  bench.copy("reverse 4 B", {dim(16000000, 4, 4)}, DType::float32);
  std::vector<std::uint64_t> list(4096);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = (i * 2654435761U) % 8192;
  bench.copy("index list of 4096 of 8192 columns, 4 B",
             {dim(4096, 32768, 16384), CopyDim{4096, 4, 4, list.data(), nullptr}}, DType::float32);
  bench.copy("index list of rows of 32 KiB", {CopyDim{4096, 32768, 32768, list.data(), nullptr}, dim(32768, 1, 1)},
             DType::uint8);
}

/// Measures how fast decoded chunks of 1 MiB are copied, one after another, into a result of 16 adjacent chunks.
void scatters(Bench& bench) {
  for (const std::size_t row : {64U, 100U, 256U, 1000U, 4096U}) {
    for (const DType type : {DType::uint8, DType::float32}) {
      const std::size_t size = dtype_size(type);
      if (row % size != 0) continue;
      const std::size_t rows = kMiB / row;
      const std::size_t pitch = 16 * row;
      const auto chunk_at = [=](std::size_t chunk) { return chunk / 16 * rows * pitch + chunk % 16 * row; };
      for (std::size_t chunk = 0; chunk < 64; ++chunk) {
        for (std::size_t i = 0; i < rows * row; ++i) {
          bench.check.data()[chunk_at(chunk) + i / row * pitch + i % row] =
              bench.src.data()[i / size * size + (size - 1 - i % size)];
        }
      }
      const auto step = static_cast<std::int64_t>(size);
      const std::vector<CopyDim> dims = {dim(rows, static_cast<std::int64_t>(row), static_cast<std::int64_t>(pitch)),
                                         dim(row / size, step, step)};
      const Conversion conversion{.from = type, .to = type, .swap = size > 1};
      bench.report("chunks into rows of " + std::to_string(row) + (size > 1 ? " B, swapped" : " B"), 64 * rows * row,
                   64 * rows * row / size, [&bench, chunk_at, dims, conversion] {
                     for (std::size_t chunk = 0; chunk < 64; ++chunk) {
                       std::byte* to = bench.dst.data() + chunk_at(chunk);
                       if (!copy_nd(bench.src.data(), to, dims, conversion).ok()) std::abort();
                     }
                   });
    }
  }
}

void transposes(Bench& bench) {
  for (const DType type : {DType::uint8, DType::uint16, DType::float32, DType::float64, DType::complex128}) {
    const auto size = static_cast<std::int64_t>(dtype_size(type));
    const std::string name = "transpose " + std::to_string(size) + " B, ";
    bench.copy(name + "4096 x 4096 /2", {dim(2048, size * 4096, size), dim(4096, size, size * 2048)}, type);
    bench.copy(name + "2500 x 2500", {dim(2500, size * 2500, size), dim(2500, size, size * 2500)}, type);
    bench.copy(name + "256 x 256 cached, 64 times",
               {dim(64, 0, 256 * 256 * size), dim(256, size * 256, size), dim(256, size, size * 256)}, type);
  }
  bench.copy("transpose 4 B swapped, 4096 x 4096", {dim(4096, 16384, 4), dim(4096, 4, 16384)}, DType::float32, true);
  bench.copy("transpose 4 B, 3 x 8M to interleaved", {dim(3, 32000000, 4), dim(8000000, 4, 12)}, DType::float32);
  bench.copy("transpose 4 B, 8M x 3 to planar", {dim(3, 4, 32000000), dim(8000000, 12, 4)}, DType::float32);
  bench.copy("reverse axes 4 B, 256 x 256 x 256", {dim(256, 262144, 4), dim(256, 1024, 1024), dim(256, 4, 262144)},
             DType::float32);
  bench.copy("reverse axes 4 B, 2000 x 2000 x 4", {dim(2000, 32000, 4), dim(2000, 16, 8000), dim(4, 4, 16000000)},
             DType::float32);
  bench.copy("transpose 4 B of every 2nd, 2048 x 2048", {dim(2048, 32768, 4), dim(2048, 8, 8192)}, DType::float32);
}

void swaps(Bench& bench) {
  bench.copy("swap 2 B, contiguous", {dim(16000000, 2, 2)}, DType::uint16, true);
  bench.copy("swap 4 B, contiguous", {dim(16000000, 4, 4)}, DType::float32, true);
  bench.copy("swap 8 B, contiguous", {dim(16000000, 8, 8)}, DType::float64, true);
  bench.copy("swap 4 B, runs of 128 B at 4 KiB", {dim(131072, 4096, 128), dim(32, 4, 4)}, DType::float32, true);
  bench.copy("swap 4 B, gather at 16 B", {dim(16000000, 16, 4)}, DType::float32, true);
  for (std::size_t i = 0; i < 64 * kMiB; ++i) bench.check.data()[i] = bench.src.data()[i ^ 3U];
  bench.report("swap 4 B, in place after memcpy", 64 * kMiB, 16 * kMiB, [&bench] {
    std::memcpy(bench.dst.data(), bench.src.data(), 64 * kMiB);
    byteswap_in_place(bench.dst.data(), 16 * kMiB, 4);
  });
}

void conversions(Bench& bench) {
  bench.convert<std::uint8_t, float>("convert uint8 to float32", DType::uint8, DType::float32, false,
                                     [](std::uint8_t v) { return static_cast<float>(v); });
  bench.convert<std::int16_t, float>("convert int16 to float32", DType::int16, DType::float32, false,
                                     [](std::int16_t v) { return static_cast<float>(v); });
  bench.convert<std::int16_t, float>("convert int16 scaled to float32", DType::int16, DType::float32, true,
                                     [](std::int16_t v) { return static_cast<float>(v * 0.5 + 3); });
  bench.convert<std::int16_t, double>("convert int16 scaled to float64", DType::int16, DType::float64, true,
                                      [](std::int16_t v) { return v * 0.5 + 3; });
  bench.convert<std::int32_t, double>("convert int32 to float64", DType::int32, DType::float64, false,
                                      [](std::int32_t v) { return static_cast<double>(v); });
  bench.convert<std::int64_t, double>("convert int64 to float64", DType::int64, DType::float64, false,
                                      [](std::int64_t v) { return static_cast<double>(v); });
  bench.convert<std::int32_t, std::int16_t>(
      "convert int32 to int16, clamped", DType::int32, DType::int16, false,
      [](std::int32_t v) { return static_cast<std::int16_t>(std::clamp(v, -32768, 32767)); }, Overflow::clamp);
  bench.convert<std::uint16_t, std::uint8_t>(
      "convert uint16 to uint8, wrapped", DType::uint16, DType::uint8, false,
      [](std::uint16_t v) { return static_cast<std::uint8_t>(v & 255); }, Overflow::wrap);

  for (std::size_t i = 0; i < 8 * kMiB; ++i) {
    const double value = static_cast<double>(i % 60000) * 0.37;
    std::memcpy(bench.src.data() + 8 * i, &value, 8);
  }
  bench.convert<double, float>("convert float64 to float32", DType::float64, DType::float32, false,
                               [](double v) { return static_cast<float>(v); });
  bench.convert<double, std::int32_t>("convert float64 to int32", DType::float64, DType::int32, false,
                                      [](double v) { return static_cast<std::int32_t>(v); });
  bench.convert<double, std::uint8_t>(
      "convert float64 to uint8, clamped", DType::float64, DType::uint8, false,
      [](double v) { return static_cast<std::uint8_t>(std::min(v, 255.0)); }, Overflow::clamp);
  for (std::size_t i = 0; i < 8 * kMiB; ++i) {
    const float value = static_cast<float>(i % 60000) * 0.37F;
    std::memcpy(bench.src.data() + 4 * i, &value, 4);
  }
  bench.convert<float, double>("convert float32 to float64", DType::float32, DType::float64, false,
                               [](float v) { return static_cast<double>(v); });
  bench.convert<float, std::int16_t>("convert float32 to int16", DType::float32, DType::int16, false,
                                     [](float v) { return static_cast<std::int16_t>(v); });
  // Small integers have a simple float16 pattern: 1024 + k is 0x6400 + k.
  for (std::size_t i = 0; i < 8 * kMiB; ++i) {
    const auto bits = static_cast<std::uint16_t>(0x6400 + i % 1024);
    std::memcpy(bench.src.data() + 2 * i, &bits, 2);
  }
  bench.convert<std::uint16_t, float>("convert float16 to float32", DType::float16, DType::float32, false,
                                      [](std::uint16_t v) { return static_cast<float>(v - 0x6400 + 1024); });
  for (std::size_t i = 0; i < 8 * kMiB; ++i) {
    const float value = static_cast<float>(1024 + i % 1024);
    std::memcpy(bench.src.data() + 4 * i, &value, 4);
  }
  bench.convert<float, std::uint16_t>("convert float32 to float16", DType::float32, DType::float16, false, [](float v) {
    return static_cast<std::uint16_t>(0x6400 + static_cast<int>(v) - 1024);
  });
}

void fills(Bench& bench) {
  const double value = 0.1;
  const auto* at = reinterpret_cast<const std::byte*>(&value);
  for (std::size_t i = 0; i < 64 * kMiB; i += 8) std::memcpy(bench.check.data() + i, &value, 8);
  bench.report("fill 8 B, contiguous", 64 * kMiB, 8 * kMiB, [&bench, at] {
    const CopyDim line = dim(8 * kMiB, 0, 8);
    fill_nd(bench.dst.data(), std::span(&line, 1), at, 8);
  });
  bench.report("fill 8 B, rows of 128 B", 64 * kMiB, 8 * kMiB, [&bench, at] {
    const CopyDim dims[] = {dim(2, 0, 128), dim(256 * 1024, 0, 256), dim(16, 0, 8)};
    fill_nd(bench.dst.data(), dims, at, 8);
  });
  std::memset(bench.check.data(), 0, 64 * kMiB);
  for (std::size_t i = 0; i < 64 * kMiB; i += 16) std::memcpy(bench.check.data() + i, &value, 8);
  bench.report("fill 8 B at 16 B (after memset)", 64 * kMiB, 4 * kMiB, [&bench, at] {
    std::memset(bench.dst.data(), 0, 64 * kMiB);
    const CopyDim line = dim(4 * kMiB, 0, 16);
    fill_nd(bench.dst.data(), std::span(&line, 1), at, 8);
  });
}

/// Measures unshuffling under the conditions of codecs: chunk by chunk, from a buffer that is still in the cache.
void shuffles(Bench& bench) {
  for (const std::size_t block : {8192U, 256 * 1024U}) {
    for (const std::size_t width : {2U, 4U, 8U, 16U, 12U}) {
      const std::size_t elements = block / width / 8 * 8;
      const std::size_t bytes = elements * width;
      const std::size_t blocks = 32 * kMiB / block;
      const auto run = [&bench, bytes, blocks](auto&& one) {
        for (std::size_t b = 0; b < blocks; ++b) one(bench.src.data(), bench.dst.data() + b * bytes);
      };
      const std::string name = std::to_string(width) + " B, blocks of " + std::to_string(block);
      for (std::size_t i = 0; i < elements; ++i) {
        for (std::size_t j = 0; j < width; ++j) bench.check.data()[i * width + j] = bench.src.data()[j * elements + i];
      }
      for (std::size_t b = 1; b < blocks; ++b) {
        std::memcpy(bench.check.data() + b * bytes, bench.check.data(), bytes);
      }
      bench.report("unshuffle " + name, blocks * bytes, blocks * elements,
                   [&] { run([&](auto* in, auto* out) { unshuffle_bytes(in, out, width, elements); }); });
      std::memset(bench.check.data(), 0, bytes);
      for (std::size_t i = 0; i < elements; ++i) {
        for (std::size_t p = 0; p < 8 * width; ++p) {
          const auto bit = (bench.src.data()[p * (elements / 8) + i / 8] >> (i % 8)) & std::byte{1};
          bench.check.data()[i * width + p / 8] |= bit << (p % 8);
        }
      }
      for (std::size_t b = 1; b < blocks; ++b) {
        std::memcpy(bench.check.data() + b * bytes, bench.check.data(), bytes);
      }
      bench.report("bit unshuffle " + name, blocks * bytes, blocks * elements,
                   [&] { run([&](auto* in, auto* out) { bit_unshuffle(in, out, width, elements); }); });
    }
  }
}

}  // namespace
}  // namespace posixpar

int main(int argc, char** argv) {
  using namespace posixpar;
  if (argc > 2) {
    for (const Isa isa : available_isas()) {
      if (isa_name(isa) == argv[2]) set_active_isa(isa);
    }
  }
  std::printf("kernels: %s\n", std::string(isa_name(active_isa())).c_str());
  Bench bench;
  bench.only = argc > 1 ? argv[1] : "";
  copies(bench);
  scatters(bench);
  transposes(bench);
  swaps(bench);
  fills(bench);
  shuffles(bench);
  conversions(bench);
  return 0;
}
