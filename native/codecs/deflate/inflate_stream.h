#pragma once
/// \file Decodes deflate streams (RFC 1951) and gzip files (RFC 1952) in pieces. A decoder can stop after any byte of
/// output. Another decoder can continue there, with the saved state and the last 32 KiB of output.
#include <array>
#include <cstdint>

#include "native/base/generated/inflate.h"
#include "native/codecs/codec.h"
#include "native/codecs/deflate/huffman.h"

namespace posixpar::codecs {

/// Number of bytes before the current one to which deflate can refer.
inline constexpr std::size_t kDeflateWindow = 32768;

/// State of a decoder between two bytes of output. A decoder can continue from this state if it also has the position
/// in the input and the window.
struct InflateState {
  enum class Phase : std::uint8_t { member_header, block_header, stored, symbols, trailer, end };
  Phase phase = Phase::block_header;
  /// True if a gzip member has ended; only zeros or a further member may follow.
  bool after_member = false;
  bool final_block = false;          ///< True if no block follows the current one.
  std::uint32_t stored_left = 0;     ///< Remaining bytes of a stored block.
  std::uint32_t match_left = 0;      ///< Remaining bytes of a match.
  std::uint32_t match_distance = 0;  ///< Distance of that match.
  /// Code lengths of the block: literals and lengths first, then distances.
  std::array<std::uint8_t, kLiteralSymbols + kDistanceSymbols> lengths{};

  [[nodiscard]] static InflateState start_of(DeflateFraming framing) {
    InflateState state;
    if (framing == DeflateFraming::gzip) state.phase = Phase::member_header;
    return state;
  }
};

/// Reason why InflateStream::run() returned.
enum class InflateStop : std::uint8_t {
  full,        ///< The output is full.
  input,       ///< More input is needed: call set_input() with the bytes from position_bits() on.
  member_end,  ///< A gzip member has ended; see trailer(). Call run() again.
  end,         ///< The stream has ended.
  damaged,     ///< The input is damaged; see problem().
};

/// A decoder. Even if the input is damaged, it reads only its input and window, and writes only its output.
class InflateStream {
 public:
  /// \param state  state at the start of the input; must be start_of(framing) or come from state().
  InflateStream(DeflateFraming framing, const InflateState& state);

  /// Replaces the input.
  /// \param skip_bits  number of bits of the first byte that were already decoded (0 to 7).
  /// \param last       true if no input follows `in`. Otherwise `in` should have at least kMinInput bytes.
  void set_input(Bytes in, unsigned skip_bits, bool last);
  /// If more input follows, run() may stop with InflateStop::input as soon as this many bytes or fewer are left.
  static constexpr std::size_t kMinInput = 1024;

  /// Decodes until the output is full, or until it must stop for another reason (InflateStop).
  /// \param out       the output; the bytes before `produced` were already decoded.
  /// \param produced  number of decoded bytes in `out`; this function increases it.
  /// \param window    the output before `out`: the last 32 KiB, or all of it if the stream has produced less.
  [[nodiscard]] InflateStop run(MutableBytes out, std::size_t& produced, Bytes window);

  [[nodiscard]] const InflateState& state() const { return state_; }
  /// Number of bits of the input that were decoded.
  [[nodiscard]] std::uint64_t position_bits() const {
    return static_cast<std::uint64_t>(at_ - in_.data()) * 8 - bit_count_;
  }
  /// Message about damaged input; a string literal.
  [[nodiscard]] const char* problem() const { return problem_; }

  struct Trailer {
    std::uint32_t crc32 = 0;
    std::uint32_t size = 0;  ///< Decoded size of the member, modulo 2^32.
  };
  /// Trailer of the member that ended last.
  [[nodiscard]] const Trailer& trailer() const { return trailer_; }

 private:
  using Phase = InflateState::Phase;
  enum class Step : std::uint8_t { done, full, input, damaged };

  /// Removes the lowest `dropped` bits from a buffer of `count` bits.
  static void drop_bits(unsigned dropped, std::uint64_t& bits, unsigned& count) {
    bits >>= dropped;
    count -= dropped;
  }
  [[nodiscard]] const std::byte* in_end() const { return in_.data() + in_.size(); }
  [[nodiscard]] std::size_t bytes_left() const { return static_cast<std::size_t>(in_end() - at_) + bit_count_ / 8; }
  void refill();
  void consume(unsigned bits) { drop_bits(bits, bits_, bit_count_); }
  /// Takes `count` bits (at most 32). \returns false if the input has fewer.
  bool take(unsigned count, std::uint32_t& value);
  /// Drops the remaining bits of the current byte. Returns complete bytes from the bit buffer to the input.
  void align();
  Step fail(const char* problem) {
    problem_ = problem;
    return Step::damaged;
  }

  Step read_member_header();
  Step read_trailer();
  Step read_block_header();
  Step read_code_lengths();
  bool build_tables();
  Step copy_stored(MutableBytes out, std::size_t& produced);
  Step decode_symbols(MutableBytes out, std::size_t& produced, Bytes window);
  Step decode_fast(MutableBytes out, std::size_t& produced, Bytes window);
  Step decode_one(MutableBytes out, std::size_t& produced, Bytes window);
  Step copy_match(MutableBytes out, std::size_t& produced, Bytes window);

  bool is_gzip_;
  InflateState state_;
  Bytes in_;
  const std::byte* at_ = nullptr;
  bool last_ = false;
  std::uint64_t bits_ = 0;
  unsigned bit_count_ = 0;
  Trailer trailer_;
  const char* problem_ = "";
  LiteralTable literals_;
  DistanceTable distances_;
};

}  // namespace posixpar::codecs
