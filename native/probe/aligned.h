#pragma once
/// \file Allocates aligned buffers. Writes to each page of a new buffer, so that no page fault occurs during a
/// measurement.
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace posixpar::probe {

class AlignedBuffer {
 public:
  /// Sufficient for direct I/O on Linux file systems, whose blocks have at most 64 KiB.
  static constexpr std::align_val_t kAlignment{65536};

  explicit AlignedBuffer(std::size_t bytes)
      : bytes_(bytes), data_(static_cast<std::byte*>(::operator new(bytes, kAlignment))) {
    std::memset(data_.get(), 0, bytes);
  }
  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] std::size_t size() const { return bytes_; }

 private:
  struct Release {
    void operator()(std::byte* memory) const { ::operator delete(memory, kAlignment); }
  };
  std::size_t bytes_;
  std::unique_ptr<std::byte, Release> data_;
};

}  // namespace posixpar::probe
