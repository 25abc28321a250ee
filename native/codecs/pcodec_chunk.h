#pragma once
/// \file Internal to native/codecs: decodes a chunk of pco, which has numbers of one type in one page.
///
/// A mode joins one or two latent variables to numbers. Each variable may be stored as differences.
#include <cstring>
#include <limits>

#include "native/codecs/pcodec_latents.h"
#include "native/codecs/pcodec_numbers.h"

namespace posixpar::codecs::pco {

inline Error damaged(const std::string& why) { return codec_error(kName, "the stream is damaged: " + why); }

/// Tables of the latent variables. Too large for the stack.
struct Tables {
  Table delta;
  Table primary;
  Table secondary;
  /// Number of states that the chunks of a stream may still have.
  std::size_t states_left;
};

/// Decodes chunks of one number type. \tparam L  unsigned type of its size.
template <typename L>
class ChunkDecoder {
 public:
  ChunkDecoder(Number type, Tables& tables, const Step& step)
      : type_(type),
        states_left_(tables.states_left),
        distances_(tables.delta),
        indexes_(tables.primary),
        primary_(tables.primary),
        secondary_(tables.secondary),
        step_(step) {}

  /// Decodes a chunk of `count` numbers to `out`; leaves out batches that begin at or after `needed` numbers.
  Status decode(LsbBits& bits, unsigned version, std::size_t count, std::size_t needed, MutableBytes out) {
    if (Status status = read_metadata(bits, version); !status.ok()) return status;
    bits.align();
    if (Status status = begin_page(bits, count); !status.ok()) return status;
    bits.align();
    std::array<L, kBatch> numbers;
    for (std::size_t at = 0; at < std::min(count, needed); at += kBatch) {
      const std::span batch = std::span(numbers).first(std::min(kBatch, count - at));
      if (Status status = read_batch(bits, count - at, batch); !status.ok()) return status;
      if (bits.is_beyond_end()) return damaged("it ends in a page");
      std::memcpy(out.data() + at * sizeof(L), batch.data(), batch.size_bytes());
    }
    bits.align();
    return {};
  }

 private:
  enum class Mode : std::uint8_t { classic = 0, int_mult = 1, float_mult = 2, float_quant = 3, dict = 4 };

  static constexpr unsigned kWidth = 8 * sizeof(L);
  static constexpr L kMiddle = kMiddleRank<L>;
  static constexpr unsigned kDictVersion = 4;

  [[nodiscard]] bool has_secondary() const { return mode_ != Mode::classic && mode_ != Mode::dict; }

  Status read_metadata(LsbBits& bits, unsigned version) {
    if (Status status = read_mode(bits, version); !status.ok()) return status;
    if (Status status = read_delta(bits, version); !status.ok()) return status;
    if (delta_.kind == Delta::Kind::lookback) {
      if (Status status = distances_.read_bins(bits, states_left_); !status.ok()) return status;
    }
    Status status =
        mode_ == Mode::dict ? indexes_.read_bins(bits, states_left_) : primary_.read_bins(bits, states_left_);
    if (!status.ok()) return status;
    if (has_secondary()) {
      status = secondary_.read_bins(bits, states_left_);
      if (!status.ok()) return status;
    }
    if (bits.is_beyond_end()) return damaged("it ends in the metadata of a chunk");
    return {};
  }

  Status read_mode(LsbBits& bits, unsigned version) {
    const auto mode = static_cast<unsigned>(bits.take(4));
    if (mode > static_cast<unsigned>(version < kDictVersion ? Mode::float_quant : Mode::dict)) {
      return unsupported_error(kName, "mode " + std::to_string(mode) + " of version " + std::to_string(version));
    }
    mode_ = static_cast<Mode>(mode);
    if (has_secondary() && (mode_ == Mode::int_mult) == is_float(type_)) {
      return damaged("the mode does not fit the type of the numbers");
    }
    if (mode_ == Mode::int_mult || mode_ == Mode::float_mult) base_ = static_cast<L>(bits.take(kWidth));
    if (mode_ == Mode::float_quant) {
      quantum_bits_ = static_cast<unsigned>(bits.take(8));
      if (quantum_bits_ == 0 || quantum_bits_ > Floats<L>::mantissa_bits) return damaged("a quantum has wrong bits");
    }
    return mode_ == Mode::dict ? read_dictionary(bits) : Status();
  }

  Status read_dictionary(LsbBits& bits) {
    const std::size_t bytes = bits.take(25) * sizeof(L);
    bits.align();
    const std::uint64_t at = bits.position() / 8;
    if (at > step_.in.size() || bytes > step_.in.size() - at) return damaged("it ends in a dictionary");
    dictionary_ = step_.in.subspan(static_cast<std::size_t>(at), bytes);
    bits.skip(std::uint64_t{bytes} * 8);
    return {};
  }

  Status read_delta(LsbBits& bits, unsigned version) {
    // Version 2 has only differences of neighbors, and none of the secondary latents.
    const auto kind = version < 3 ? 1 : bits.take(4);
    if (kind == 0) return {};
    if (kind == 1) {
      delta_.states = static_cast<std::uint32_t>(bits.take(3));
      if (delta_.states != 0) delta_.kind = Delta::Kind::consecutive;
      if (delta_.states == 0 && version >= 3) return damaged("differences of order 0");
      secondary_has_delta_ = version >= 3 && bits.take(1) != 0;
      return {};
    }
    if (kind == 2) return read_lookback(bits);
    if (kind == 3 && version >= 4) return read_convolution(bits);
    return unsupported_error(kName,
                             "delta encoding " + std::to_string(kind) + " of version " + std::to_string(version));
  }

  Status read_lookback(LsbBits& bits) {
    delta_.kind = Delta::Kind::lookback;
    delta_.window = std::uint64_t{1} << (bits.take(5) + 1);
    delta_.states = std::uint32_t{1} << bits.take(4);
    secondary_has_delta_ = bits.take(1) != 0;
    if (delta_.states > delta_.window) return damaged("there are more states than the window has");
    return {};
  }

  Status read_convolution(LsbBits& bits) {
    constexpr std::uint64_t kLongMiddle = std::uint64_t{1} << 63U;
    constexpr std::uint64_t kIntMiddle = std::uint64_t{1} << 31U;
    delta_.kind = Delta::Kind::convolution;
    delta_.shift = static_cast<unsigned>(bits.take(5));
    delta_.bias = static_cast<std::int64_t>(bits.take(64) ^ kLongMiddle);
    delta_.states = static_cast<std::uint32_t>(bits.take(5)) + 1;
    for (std::size_t i = 0; i < delta_.states; ++i) {
      delta_.weights[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits.take(32) ^ kIntMiddle));
    }
    const unsigned width = mode_ == Mode::dict ? 32 : kWidth;
    if (width > 32) return damaged("weighted sums of numbers of 64 bits");
    if (delta_.shift >= 2 * width) return damaged("a weighted sum is shifted by more bits than it has");
    return {};
  }

  Status begin_page(LsbBits& bits, std::size_t count) {
    std::span<std::uint32_t> index_history;
    std::span<L> history;
    std::span<L> secondary_history;
    if (delta_.kind == Delta::Kind::lookback) {
      const std::size_t size = count + delta_.states;
      const std::size_t bytes = mode_ == Mode::dict ? size * sizeof(std::uint32_t) : 2 * size * sizeof(L);
      const MutableBytes memory = step_.scratch.take(3, bytes);
      if (memory.empty()) return codec_error(kName, "out of memory");
      if (mode_ == Mode::dict) {
        index_history = {reinterpret_cast<std::uint32_t*>(memory.data()), size};
      } else {
        auto* numbers = reinterpret_cast<L*>(memory.data());
        history = {numbers, size};
        secondary_history = {numbers + size, size};
      }
      distances_.begin_page(bits, {}, {});
    }
    if (mode_ == Mode::dict) {
      indexes_.begin_page(bits, delta_, index_history);
    } else {
      primary_.begin_page(bits, delta_, history);
    }
    if (has_secondary()) {
      secondary_.begin_page(bits, secondary_has_delta_ ? delta_ : Delta{}, secondary_history);
    }
    return {};
  }

  Status read_batch(LsbBits& bits, std::size_t left, std::span<L> numbers) {
    if (delta_.kind == Delta::Kind::lookback) {
      const std::size_t stored = left > delta_.states ? std::min(numbers.size(), left - delta_.states) : 0;
      Status status = distances_.read_batch(bits, stored, {}, std::span(lookbacks_).first(stored));
      if (!status.ok()) return status;
    }
    if (mode_ == Mode::dict) return look_up(bits, left, numbers);
    if (Status status = primary_.read_batch(bits, left, lookbacks_, numbers); !status.ok()) return status;
    if (mode_ == Mode::classic) {
      for (L& number : numbers) number = number_of_rank(type_, number);
      return {};
    }
    std::array<L, kBatch> adjustments;
    Status status = secondary_.read_batch(bits, left, lookbacks_, std::span(adjustments).first(numbers.size()));
    if (!status.ok()) return status;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = join(numbers[i], adjustments[i]);
    return {};
  }

  Status look_up(LsbBits& bits, std::size_t left, std::span<L> numbers) {
    std::array<std::uint32_t, kBatch> indexes;
    Status status = indexes_.read_batch(bits, left, lookbacks_, std::span(indexes).first(numbers.size()));
    if (!status.ok()) return status;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const std::size_t at = indexes[i] * sizeof(L);
      if (at >= dictionary_.size()) return damaged("an index exceeds the dictionary");
      numbers[i] = number_of_rank(type_, load_le<L>(dictionary_.data() + at));
    }
    return {};
  }

  /// Returns the bits of the number that two latents mean.
  [[nodiscard]] L join(L first, L second) const {
    if (mode_ == Mode::int_mult) {
      return number_of_rank(type_, static_cast<L>(std::uint64_t{first} * base_ + second));
    }
    if constexpr (Floats<L>::mantissa_bits == 0) {
      return 0;  // read_mode() refuses floats of one byte.
    } else if (mode_ == Mode::float_mult) {
      const auto product = Floats<L>::value(integer_float(first)) * Floats<L>::value(float_of_rank(base_));
      return float_of_rank(static_cast<L>(rank_of_float(Floats<L>::bits(product)) + (second ^ kMiddle)));
    } else {
      const L quantum = static_cast<L>(first << quantum_bits_);
      const L most = static_cast<L>((L{1} << quantum_bits_) - 1);
      return float_of_rank(static_cast<L>(quantum + (quantum >= kMiddle ? second : static_cast<L>(most - second))));
    }
  }

  Number type_;
  std::size_t& states_left_;
  Variable<std::uint32_t> distances_;
  Variable<std::uint32_t> indexes_;  ///< In the dictionary; shares the table of `primary_`.
  Variable<L> primary_;
  Variable<L> secondary_;
  const Step& step_;
  Mode mode_ = Mode::classic;
  L base_ = 0;
  unsigned quantum_bits_ = 0;
  Bytes dictionary_;
  Delta delta_;
  bool secondary_has_delta_ = false;
  std::array<std::uint32_t, kBatch> lookbacks_{};
};

}  // namespace posixpar::codecs::pco
