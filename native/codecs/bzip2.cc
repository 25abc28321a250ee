// Source of the layout: the bzip2 1.0 format as documented in "BZIP2: Format Specification" (J. Tsai, 2016).
#include "native/codecs/bzip2.h"

#include <algorithm>
#include <memory>

#include "native/codecs/bzip2_huffman.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace bzip2 {
namespace {

constexpr std::size_t kMaxBlock = 900000;
constexpr std::size_t kMaxTables = 6;
constexpr std::size_t kMaxSelectors = 18002;  // A block has up to 900,000 symbols and an end symbol, in groups of 50.
constexpr unsigned kGroup = 50;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i << 24U;
    for (int k = 0; k < 8; ++k) c = (c & 0x80000000U) != 0 ? (c << 1U) ^ 0x04C11DB7U : c << 1U;
    t[i] = c;
  }
  return t;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

/// Working memory of one block, reused by the thread.
struct Work {
  std::array<Code, kMaxTables> codes;
  std::array<std::uint8_t, kMaxSelectors> selectors;
  /// Low 8 bits: a byte of the Burrows-Wheeler transform. High 24 bits: index of the entry that follows in the output.
  std::array<std::uint32_t, kMaxBlock> links;
};

/// Decodes one stream.
class Stream {
 public:
  Stream(Bytes in, MutableBytes out, Work& work) : bits_(in), out_(out), work_(work) {}

  /// Decodes to the end of the stream, or until at least `prefix` bytes are decoded.
  bool run(std::size_t prefix) {
    if (bits_.take(24) != 0x425A68U) return false;  // "BZh"
    const std::uint32_t level = bits_.take(8) - '0';
    if (level < 1 || level > 9) return false;
    block_limit_ = level * 100000;
    std::uint32_t stream_crc = 0;
    while (true) {
      const std::uint32_t magic_high = bits_.take(24);
      const std::uint32_t magic_low = bits_.take(24);
      const std::uint32_t crc = bits_.take(32);
      if (bits_.overrun()) return false;
      if (magic_high == 0x177245U && magic_low == 0x385090U) {
        ended_ = true;
        return crc == stream_crc;
      }
      if (magic_high != 0x314159U || magic_low != 0x265359U) return false;
      if (!read_block() || write_block() != crc || overflow_) return false;
      stream_crc = (stream_crc << 1U | stream_crc >> 31U) ^ crc;
      if (done_ >= prefix) return true;
    }
  }

  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] bool ended() const { return ended_; }
  Bytes rest() { return bits_.align(); }

 private:
  /// Reads the tables of a block, then its symbols: the last column of the Burrows-Wheeler transform. Stores them in
  /// work_.links.
  bool read_block() {
    if (bits_.take(1) != 0) return false;  // Randomised block; no bzip2 since 0.9.5 writes one.
    origin_ = bits_.take(24);
    if (!read_alphabet() || !read_selectors() || !read_codes() || !read_symbols()) return false;
    return !bits_.overrun() && origin_ < count_;
  }

  bool read_alphabet() {
    const std::uint32_t groups = bits_.take(16);
    used_ = 0;
    for (unsigned g = 0; g < 16; ++g) {
      if ((groups >> (15 - g) & 1U) == 0) continue;
      const std::uint32_t members = bits_.take(16);
      for (unsigned i = 0; i < 16; ++i) {
        if ((members >> (15 - i) & 1U) != 0) alphabet_[used_++] = static_cast<std::uint8_t>(16 * g + i);
      }
    }
    return used_ != 0;
  }

  bool read_selectors() {
    tables_ = bits_.take(3);
    selectors_ = bits_.take(15);
    if (tables_ < 2 || tables_ > kMaxTables || selectors_ == 0) return false;
    std::array<std::uint8_t, kMaxTables> order{0, 1, 2, 3, 4, 5};
    for (std::size_t i = 0; i < selectors_; ++i) {
      std::size_t at = 0;
      while (bits_.take(1) != 0) {
        if (++at >= tables_) return false;
      }
      std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(at),
                  order.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      // Skips surplus selectors, with which some encoders pad the list.
      if (i < kMaxSelectors) work_.selectors[i] = order[0];
    }
    selectors_ = std::min(selectors_, kMaxSelectors);
    return true;
  }

  bool read_codes() {
    const std::size_t symbols = used_ + 2;
    std::array<std::uint8_t, kMaxSymbols> lengths{};
    for (std::size_t t = 0; t < tables_; ++t) {
      std::uint32_t length = bits_.take(5);
      for (std::size_t s = 0; s < symbols; ++s) {
        while (true) {
          if (length < 1 || length > kMaxCodeBits || bits_.overrun()) return false;
          if (bits_.take(1) == 0) break;
          length = bits_.take(1) == 0 ? length + 1 : length - 1;
        }
        lengths[s] = static_cast<std::uint8_t>(length);
      }
      if (!work_.codes[t].assign(std::span(lengths).first(symbols))) return false;
    }
    return true;
  }

  bool read_symbols() {
    const std::size_t end_symbol = used_ + 1;
    std::array<std::uint8_t, 256> front = alphabet_;  // Move-to-front list.
    starts_.fill(0);
    count_ = 0;
    std::size_t run = 0;
    std::size_t weight = 1;
    for (std::size_t g = 0; g < selectors_; ++g) {
      const Code& code = work_.codes[work_.selectors[g]];
      for (unsigned i = 0; i < kGroup; ++i) {
        const std::size_t symbol = code.decode(bits_);
        if (symbol < 2) {  // Part of a run length in bijective base 2.
          run += weight << symbol;
          weight <<= 1U;
          if (run > block_limit_) return false;
          continue;
        }
        if (run != 0) {
          if (!append(front[0], run)) return false;
          run = 0;
          weight = 1;
        }
        if (symbol == end_symbol) return true;
        if (symbol > end_symbol || bits_.overrun()) return false;
        const std::size_t at = symbol - 1;
        const std::uint8_t value = front[at];
        std::memmove(front.data() + 1, front.data(), at);
        front[0] = value;
        if (!append(value, 1)) return false;
      }
    }
    return false;
  }

  bool append(std::uint8_t value, std::size_t times) {
    if (times > block_limit_ - count_) return false;
    std::fill_n(work_.links.begin() + static_cast<std::ptrdiff_t>(count_), times, value);
    count_ += times;
    starts_[value] += static_cast<std::uint32_t>(times);
    return true;
  }

  /// Inverts the Burrows-Wheeler transform and the run-length encoding.
  /// \returns the CRC of the output.
  std::uint32_t write_block() {
    std::uint32_t sum = 0;
    for (std::uint32_t& s : starts_) sum += std::exchange(s, sum);
    auto& links = work_.links;
    for (std::uint32_t i = 0; i < count_; ++i) {
      links[starts_[links[i] & 255U]++] |= i << 8U;
    }
    std::uint32_t crc = 0xFFFFFFFFU;
    std::uint32_t at = links[origin_] >> 8U;
    unsigned same = 0;
    std::uint32_t last = 256;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::uint32_t entry = links[at];
      at = entry >> 8U;
      const std::uint32_t value = entry & 255U;
      std::size_t times = 1;
      std::uint32_t byte = value;
      if (same == 4) {  // Four equal bytes are followed by a repeat count.
        times = value;
        byte = last;
        same = 0;
        last = 256;
      } else {
        same = value == last ? same + 1 : 1;
        last = value;
      }
      if (times > out_.size() - done_) {
        overflow_ = true;
        return 0;
      }
      for (std::size_t k = 0; k < times; ++k) {
        crc = (crc << 8U) ^ kCrcTable[(crc >> 24U) ^ byte];
        out_[done_++] = static_cast<std::byte>(byte);
      }
    }
    return ~crc;
  }

  BitReader bits_;
  MutableBytes out_;
  Work& work_;
  std::size_t block_limit_ = 0;
  std::size_t done_ = 0;
  bool ended_ = false;
  bool overflow_ = false;

  std::uint32_t origin_ = 0;
  std::size_t count_ = 0;
  std::size_t used_ = 0;
  std::size_t tables_ = 0;
  std::size_t selectors_ = 0;
  std::array<std::uint8_t, 256> alphabet_{};
  std::array<std::uint32_t, 256> starts_{};
};

}  // namespace
}  // namespace bzip2

std::optional<std::size_t> bzip2_decode(Bytes in, MutableBytes out, std::size_t prefix) {
  thread_local const std::unique_ptr<bzip2::Work> work(new (std::nothrow) bzip2::Work);
  if (!work) return std::nullopt;
  std::size_t done = 0;
  while (true) {
    bzip2::Stream stream(in, out.subspan(done), *work);
    if (!stream.run(prefix - std::min(prefix, done))) return std::nullopt;
    done += stream.done();
    if (!stream.ended()) return done;
    in = stream.rest();
    // Trailing bytes are ignored, unless they begin another stream.
    if (in.size() < 3 || in[0] != std::byte{'B'} || in[1] != std::byte{'Z'} || in[2] != std::byte{'h'}) return done;
  }
}

namespace {

class Bzip2Decoder final : public Decoder {
 public:
  [[nodiscard]] const char* name() const override { return "bzip2"; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    const bool whole = !step.exact || step.needed.end >= step.out.size();
    const auto size = whole ? bzip2_decode(step.in, step.out) : bzip2_decode(step.in, step.out, step.needed.end);
    if (!size)
      return codec_error(
          name(), "bzip2 stream is damaged or decodes to more than " + std::to_string(step.out.size()) + " bytes");
    if (!step.exact) return Bytes(step.out.first(*size));
    if (whole ? *size != step.out.size() : *size < step.needed.end) return size_error(name(), step.out.size(), *size);
    return Bytes(step.out);
  }
};

}  // namespace

Result<DecoderPtr> make_bzip2(Params) { return DecoderPtr(std::make_unique<Bzip2Decoder>()); }

}  // namespace posixpar::codecs
