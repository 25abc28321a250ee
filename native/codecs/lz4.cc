// LZ4 blocks in three containers: raw, numcodecs and HDF5.
#include "native/codecs/lz4.h"

#include <algorithm>
#include <limits>

#include "native/codecs/bytes.h"
#include "native/codecs/registry.h"

#if defined(POSIXPAR_HAVE_LZ4)
#include <lz4.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LZ4)

std::optional<std::size_t> lz4_decode(Bytes in, MutableBytes out) {
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  if (in.size() > kMost) return std::nullopt;
  const int r = LZ4_decompress_safe(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                                    static_cast<int>(in.size()), static_cast<int>(std::min(out.size(), kMost)));
  if (r < 0) return std::nullopt;
  return static_cast<std::size_t>(r);
}

bool lz4_decode_prefix(Bytes in, MutableBytes out, std::size_t prefix) {
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  if (prefix >= out.size()) return lz4_decode(in, out) == out.size();
  if (in.size() > kMost || out.size() > kMost) return false;
  const int r =
      LZ4_decompress_safe_partial(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                                  static_cast<int>(in.size()), static_cast<int>(prefix), static_cast<int>(out.size()));
  return r >= 0 && static_cast<std::size_t>(r) >= prefix;
}

std::size_t lz4_limit(std::size_t size) {
  return size > LZ4_MAX_INPUT_SIZE ? 0 : static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(size)));
}

std::size_t lz4_encode(Bytes in, MutableBytes out) {
  if (in.size() > LZ4_MAX_INPUT_SIZE) return 0;
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  const int r = LZ4_compress_default(reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()),
                                     static_cast<int>(in.size()), static_cast<int>(std::min(out.size(), kMost)));
  return static_cast<std::size_t>(std::max(r, 0));
}

#else

std::size_t lz4_limit(std::size_t) { return 0; }
std::size_t lz4_encode(Bytes, MutableBytes) { return 0; }
std::optional<std::size_t> lz4_decode(Bytes, MutableBytes) { return std::nullopt; }
bool lz4_decode_prefix(Bytes, MutableBytes, std::size_t) { return false; }

#endif

namespace {

Error damaged(const char* name, std::size_t expected) {
  return codec_error(name, "LZ4 block is damaged: it does not decode to " + std::to_string(expected) + " bytes");
}

/// A chunk that is one block, with an optional u32 little-endian decoded size (numcodecs).
class Lz4Decoder final : public Decoder {
 public:
  explicit Lz4Decoder(bool has_size) : has_size_(has_size) {}

  [[nodiscard]] const char* name() const override { return has_size_ ? "lz4 (numcodecs)" : "lz4"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    Bytes in = step.in;
    MutableBytes out = step.out;
    bool exact = step.exact;
    if (has_size_) {
      if (in.size() < 4)
        return codec_error(name(), "expected a 4-byte size, found " + std::to_string(in.size()) + " bytes");
      const std::size_t size = load_le<std::uint32_t>(in.data());
      if (exact ? size != out.size() : size > out.size()) return size_error(name(), out.size(), size);
      in = in.subspan(4);
      out = out.first(size);
      exact = true;
    }
    if (exact) {
      if (!lz4_decode_prefix(in, out, std::min(step.needed.end, out.size()))) return damaged(name(), out.size());
      return Bytes(out);
    }
    const auto size = lz4_decode(in, out);
    if (!size) return damaged(name(), out.size());
    return Bytes(out.first(*size));
  }

  [[nodiscard]] bool can_encode() const override { return true; }
  [[nodiscard]] std::size_t encoded_limit(std::size_t size) const override {
    return saturating_add(lz4_limit(size), prefix_bytes());
  }
  [[nodiscard]] Result<Bytes> encode(const EncodeStep& step) const override {
    const std::size_t size = lz4_encode(step.in, step.out.subspan(prefix_bytes()));
    if (size == 0) return codec_error(name(), "could not encode " + std::to_string(step.in.size()) + " bytes");
    if (has_size_) store_le(step.out.data(), static_cast<std::uint32_t>(step.in.size()));
    return Bytes(step.out.first(prefix_bytes() + size));
  }

 private:
  [[nodiscard]] std::size_t prefix_bytes() const { return has_size_ ? 4 : 0; }

  bool has_size_;
};

/// HDF5 filter 32004: u64 BE total size, u32 BE block size, then a u32 BE stored length and the data of each block. A
/// block that did not shrink is stored uncompressed. Source: the file format text of the HDF5_LZ4 plugin.
class Lz4Hdf5Decoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "lz4 (hdf5)"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    ByteReader reader(step.in);
    const auto total = reader.be<std::uint64_t>();
    const auto block = reader.be<std::uint32_t>();
    if (!reader.ok()) return codec_error(name(), "expected a 12-byte header, found a shorter chunk");
    if (step.exact ? total != step.out.size() : total > step.out.size()) {
      return size_error(name(), step.out.size(), static_cast<std::size_t>(total));
    }
    if (block == 0 && total != 0) return codec_error(name(), "expected a block size above 0");
    const MutableBytes out = step.out.first(static_cast<std::size_t>(total));
    const std::size_t end = std::min(step.needed.end, out.size());
    for (std::size_t at = 0; at < end; at += block) {
      const std::size_t size = std::min<std::size_t>(block, out.size() - at);
      const Bytes stored = reader.take(reader.be<std::uint32_t>());
      if (!reader.ok())
        return codec_error(name(),
                           "expected a block at decoded byte " + std::to_string(at) + ", found the end of the chunk");
      if (at + size <= step.needed.begin) continue;
      const MutableBytes to = out.subspan(at, size);
      if (stored.size() == size) {
        std::memcpy(to.data(), stored.data(), size);
      } else if (!lz4_decode_prefix(stored, to, std::min(size, end - at))) {
        return damaged(name(), size);
      }
    }
    return Bytes(out);
  }
};

template <typename T, typename... Args>
Result<DecoderPtr> make(Args... args) {
  if (!kHasLz4) return unsupported_error("lz4", "this build has no liblz4");
  return DecoderPtr(std::make_unique<T>(args...));
}

}  // namespace

Result<DecoderPtr> make_lz4_block(Params) { return make<Lz4Decoder>(false); }
Result<DecoderPtr> make_lz4_numcodecs(Params) { return make<Lz4Decoder>(true); }
Result<DecoderPtr> make_lz4_hdf5(Params) { return make<Lz4Hdf5Decoder>(); }

}  // namespace posixpar::codecs
