#pragma once
/// \file Internal to native/codecs: decodes the latent variables of a page of pco, which are unsigned integers.
///
/// A latent is the lower bound of a bin plus an offset of some bits. The bins are encoded by four interleaved tANS
/// decoders. Source: docs/format.md of pcodec, and its order of states ("spread_state_symbols").
#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "native/codecs/decoder.h"
#include "native/codecs/lsb_bits.h"
#include "native/codecs/pcodec_delta.h"

namespace posixpar::codecs::pco {

constexpr unsigned kMaxSizeLog = 14;
constexpr std::size_t kMaxStates = std::size_t{1} << kMaxSizeLog;

/// A state of a tANS decoder: its bin, and the next state.
struct State {
  std::uint64_t lower;
  std::uint16_t next;  ///< Plus the value of the bits.
  std::uint8_t bits;
  std::uint8_t offset_bits;
};

/// Memory of the tables of one latent variable.
struct Table {
  std::array<State, kMaxStates> states;
  std::array<std::uint16_t, kMaxStates> weights;
};

/// One latent variable. \tparam L  unsigned type of the latents.
template <typename L>
class Variable {
 public:
  static constexpr unsigned kWidth = 8 * sizeof(L);

  explicit Variable(Table& table) : table_(table) {}

  /// Reads the bins from the metadata of a chunk. \param states_left  maximum number of states; they are subtracted.
  Status read_bins(LsbBits& bits, std::size_t& states_left) {
    size_log_ = static_cast<unsigned>(bits.take(4));
    const std::size_t count = bits.take(15);
    if (size_log_ > kMaxSizeLog) return damaged("its table of states is too large");
    const std::size_t size = std::size_t{1} << size_log_;
    has_bins_ = count > 0;
    if (!has_bins_) return {};
    if (count > size) return damaged("it has more bins than states");
    if (size > states_left) return damaged("its tables are too large for so few numbers");
    states_left -= size;
    // Spreads the bins over the states, in steps of about three fifths of the table.
    const std::size_t stride = (3 * size / 5) | 1U;
    std::size_t total = 0;
    for (std::size_t bin = 0; bin < count; ++bin) {
      const std::size_t weight = bits.take(size_log_) + 1;
      const std::uint64_t lower = bits.take(kWidth);
      const auto offset_bits = static_cast<std::uint8_t>(bits.take(std::bit_width(kWidth)));
      if (weight > size - total) return damaged("the weights of its bins exceed the number of states");
      if (offset_bits > kWidth) return damaged("an offset has more bits than a number");
      table_.weights[bin] = static_cast<std::uint16_t>(weight);
      for (const std::size_t end = total + weight; total < end; ++total) {
        table_.states[stride * total & (size - 1)] = {lower, static_cast<std::uint16_t>(bin), 0, offset_bits};
      }
    }
    if (total != size) return damaged("the weights of its bins are less than the number of states");
    for (std::size_t i = 0; i < size; ++i) {
      State& state = table_.states[i];
      const std::uint32_t next = table_.weights[state.next]++;
      state.bits = static_cast<std::uint8_t>(size_log_ + 1 - static_cast<unsigned>(std::bit_width(next)));
      state.next = static_cast<std::uint16_t>((next << state.bits) - size);
    }
    return {};
  }

  /// Reads the header of a page. \param history  memory for all numbers of the page and the states, if the variable is
  /// stored by lookbacks.
  void begin_page(LsbBits& bits, const Delta& delta, std::span<L> history) {
    restorer_.begin(bits, delta, history);
    for (auto& state : states_) state = static_cast<std::uint32_t>(bits.take(size_log_));
  }

  /// Decodes the next batch. \param left  numbers left in the page, at least `latents.size()`.
  /// \param lookbacks  distances for lookback; unused otherwise.
  Status read_batch(LsbBits& bits, std::size_t left, std::span<const std::uint32_t> lookbacks, std::span<L> latents) {
    const std::size_t states = restorer_.states();
    const std::size_t stored = std::min(latents.size(), left > states ? left - states : 0);
    if (stored > 0 && !has_bins_) return damaged("it has no bins");
    for (std::size_t i = 0; i < stored; ++i) {
      std::uint32_t& index = states_[i % states_.size()];
      const State& state = table_.states[index];
      latents[i] = static_cast<L>(state.lower);
      offset_bits_[i] = state.offset_bits;
      index = state.next + static_cast<std::uint32_t>(bits.take(state.bits));
    }
    for (std::size_t i = 0; i < stored; ++i) latents[i] = static_cast<L>(latents[i] + bits.take(offset_bits_[i]));
    std::fill(latents.begin() + static_cast<std::ptrdiff_t>(stored), latents.end(), L{0});
    return restorer_.restore(latents, stored, lookbacks);
  }

 private:
  static Error damaged(const char* why) { return damaged_variable(why); }

  Table& table_;
  unsigned size_log_ = 0;
  bool has_bins_ = false;
  std::array<std::uint32_t, 4> states_{};
  std::array<std::uint8_t, kBatch> offset_bits_{};
  DeltaRestorer<L> restorer_;
};

}  // namespace posixpar::codecs::pco
