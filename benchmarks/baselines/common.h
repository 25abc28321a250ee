#pragma once
/// \file Shared by the baselines: command-line settings, threads, memory, the checksum, and the protocol between the
/// benchmark runner and a program that it measures (runner/cell.mjs).
///
/// A baseline is a program whose speed a library can hardly exceed, because it does only the unavoidable work: it does
/// not plan reads, and it does not check the data.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace baselines {

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

/// Settings from `key=value` arguments.
class Settings {
 public:
  Settings(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
      const std::string arg = argv[i];
      const auto at = arg.find('=');
      if (at == std::string::npos) die("expected key=value, received " + arg);
      values_[arg.substr(0, at)] = arg.substr(at + 1);
    }
  }
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  [[nodiscard]] std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) die("expected " + key + "=");
    return found->second;
  }
  [[nodiscard]] std::size_t number(const std::string& key, std::size_t otherwise) const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : std::stoull(found->second);
  }
  /// Parses the value of `key`, a list of numbers separated by commas.
  [[nodiscard]] std::vector<std::size_t> numbers(const std::string& key) const {
    std::vector<std::size_t> list;
    const std::string value = text(key);
    for (std::size_t at = 0; at < value.size();) {
      const auto comma = std::min(value.find(',', at), value.size());
      list.push_back(std::stoull(value.substr(at, comma - at)));
      at = comma + 1;
    }
    return list;
  }

 private:
  std::map<std::string, std::string> values_;
};

/// Memory for a result: reused in all rounds, or newly mapped in each round with small or huge pages.
class Result {
 public:
  Result(std::size_t bytes, const std::string& memory) : bytes_(bytes), memory_(memory) {
    if (memory != "reused" && memory != "fresh" && memory != "fresh-huge") die("memory=" + memory);
    if (memory == "reused") {
      map();
      std::memset(data_, 1, bytes_);
    }
  }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result() { unmap(); }

  /// Maps memory, unless it is mapped already (reused memory). The runner counts this time as a part of the read.
  void begin() {
    if (data_ == nullptr) map();
  }
  /// Unmaps the memory, unless it is reused. The runner does not count this time.
  void end() {
    if (memory_ != "reused") unmap();
  }
  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }

 private:
  static constexpr std::size_t kHuge = std::size_t{2} << 20;

  void map() {
    void* at = ::mmap(nullptr, bytes_ + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) die("mmap");
    mapping_ = static_cast<std::byte*>(at);
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    data_ = mapping_ + ((address + kHuge - 1) / kHuge * kHuge - address);
    // Reused memory has huge pages, as in a long-lived process. It is touched before the measurement.
    if (memory_ != "fresh") ::madvise(data_, bytes_, MADV_HUGEPAGE);
  }
  void unmap() {
    if (mapping_ != nullptr) ::munmap(mapping_, bytes_ + kHuge);
    mapping_ = data_ = nullptr;
  }

  std::size_t bytes_;
  std::string memory_;
  std::byte* mapping_ = nullptr;
  std::byte* data_ = nullptr;
};

/// Runs `work(thread)` on `threads` threads, including the calling thread.
template <typename Work>
void on_threads(std::size_t threads, Work&& work) {
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < threads; t++) others.emplace_back([&work, t] { work(t); });
  work(0);
}

inline void pread_all(int fd, void* into, std::size_t length, std::size_t offset) {
  auto* at = static_cast<std::byte*>(into);
  while (length > 0) {
    const ssize_t n = ::pread(fd, at, length, static_cast<off_t>(offset));
    if (n <= 0) die("pread");
    at += n;
    offset += static_cast<std::size_t>(n);
    length -= static_cast<std::size_t>(n);
  }
}

/// Returns the checksum of `data`. The algorithm is the same as in benchmarks/runner/checksum.mjs.
inline std::string checksum(const std::byte* data, std::size_t bytes) {
  std::uint32_t plain = 0;
  std::uint32_t weighted = 0;
  std::uint32_t weight = 1;
  for (std::size_t i = 0; i + 4 <= bytes; i += 4, weight += 2) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i, 4);
    plain += word;
    weighted += word * weight;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%08x%08x", plain, weighted);
  return text;
}

inline double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Answers the runner: reads `verify` and `round N` from the input, and writes one line of JSON for each.
template <typename Read>
int serve(Result& result, Read&& read) {
  using Clock = std::chrono::steady_clock;
  std::printf("{\"ready\":true}\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    if (line == "verify") {
      result.begin();
      read();
      std::printf("{\"checksum\":\"%s\"}\n", checksum(result.data(), result.size()).c_str());
      result.end();
    } else {
      std::string times;
      const double cpu = cpu_ms();
      double outside = 0;
      const int repeats = std::max(1, std::atoi(line.c_str() + std::min<std::size_t>(line.size(), 6)));
      for (int i = 0; i < repeats; i++) {
        const auto start = Clock::now();
        result.begin();
        read();
        const std::chrono::duration<double, std::milli> took = Clock::now() - start;
        if (i > 0) times += ',';
        times += std::to_string(took.count());
        const double before = cpu_ms();
        result.end();
        outside += cpu_ms() - before;
      }
      std::printf("{\"ms\":[%s],\"cpuMs\":%f}\n", times.c_str(), (cpu_ms() - cpu - outside) / repeats);
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace baselines
