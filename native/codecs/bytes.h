#pragma once
/// \file Unaligned loads and stores in a given byte order, and a bounds-checked reader.
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace posixpar::codecs {

static_assert(std::endian::native == std::endian::little, "the codecs assume a little-endian machine");

/// Reverses the bytes of an unsigned integer.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swap(T v) {
  if constexpr (sizeof(T) == 1) return v;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
}

/// Loads a little-endian T, which is also the byte order of the machine. The caller ensures that `p` points at
/// sizeof(T) bytes.
template <typename T>
[[nodiscard]] T load_le(const std::byte* p) {
  T v;
  std::memcpy(&v, p, sizeof(T));
  return v;
}

/// Loads a big-endian unsigned integer.
template <std::unsigned_integral T>
[[nodiscard]] T load_be(const std::byte* p) {
  return byte_swap(load_le<T>(p));
}

template <typename T>
void store_le(std::byte* p, T v) {
  std::memcpy(p, &v, sizeof(T));
}

/// Reads a span from front to back. A read beyond the end returns zero or an empty span. From then on, ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - at_; }
  [[nodiscard]] std::size_t position() const { return at_; }

  template <typename T>
  T le() {
    const auto s = take(sizeof(T));
    return s.empty() ? T{} : load_le<T>(s.data());
  }
  template <std::unsigned_integral T>
  T be() {
    return byte_swap(le<T>());
  }
  std::span<const std::byte> take(std::uint64_t size) {
    if (!ok_ || size > remaining()) {
      ok_ = false;
      return {};
    }
    const auto s = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += s.size();
    return s;
  }
  std::span<const std::byte> rest() { return take(remaining()); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace posixpar::codecs
