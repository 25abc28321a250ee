#pragma once
/// \file Temporary files and helpers for the tests of native/sys and native/pool.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "native/sys/hooks.h"

#if defined(__SANITIZE_THREAD__)
#define POSIXPAR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POSIXPAR_TSAN 1
#endif
#endif

namespace posixpar::test {

/// A temporary directory that is deleted at the end of the test.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "posixpar-XXXXXX").string();
    path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
    EXPECT_FALSE(path_.empty());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Returns the byte that test files contain at `offset`. The pattern repeats after 251 bytes, which is not a power of
/// two.
inline std::byte expected_byte(std::uint64_t offset) { return static_cast<std::byte>(offset % 251); }

inline std::vector<char> pattern(std::size_t size) {
  std::vector<char> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(expected_byte(i));
  return bytes;
}

/// Writes a file of `size` bytes, each of which is its expected_byte(). Returns the path of the file.
inline std::string write_file(const std::string& path, std::size_t size) {
  const std::vector<char> bytes = pattern(size);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(size));
  EXPECT_TRUE(file.good());
  return path;
}

/// Returns the number of open descriptors of this process.
inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

/// Installs fault plans for the lifetime of the object.
class Faults {
 public:
  explicit Faults(std::vector<sys::FaultPlan> plans) { sys::install_faults(std::move(plans)); }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults() { sys::clear_faults(); }
};

}  // namespace posixpar::test
