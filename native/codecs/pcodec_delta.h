#pragma once
/// \file Internal to native/codecs: restores the latent variables of pco from differences.
///
/// The results are `states()` numbers behind the stored differences: the header of a page has the first numbers.
#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "native/codecs/decoder.h"
#include "native/codecs/lsb_bits.h"

namespace posixpar::codecs::pco {

constexpr const char* kName = "pcodec";
/// Largest number of latents that are decoded together.
constexpr std::size_t kBatch = 256;
constexpr std::size_t kMaxWeights = 32;

inline Error damaged_variable(const char* why) {
  return codec_error(kName, std::string("a latent variable is damaged: ") + why);
}

/// Signed type of twice the size of `L`, in which weighted sums are computed. The format has none of 64 bits.
template <typename L>
struct Wider;
template <>
struct Wider<std::uint8_t> {
  using Type = std::int16_t;
  using Unsigned = std::uint16_t;
};
template <>
struct Wider<std::uint16_t> {
  using Type = std::int32_t;
  using Unsigned = std::uint32_t;
};
template <>
struct Wider<std::uint32_t> {
  using Type = std::int64_t;
  using Unsigned = std::uint64_t;
};
/// Differences that a latent variable is stored as.
struct Delta {
  enum class Kind : std::uint8_t {
    none,
    consecutive,  ///< Between neighbors, `states` times.
    lookback,     ///< To an earlier number, whose distance is a variable of its own.
    convolution,  ///< To a weighted sum of the `states` numbers before.
  };
  Kind kind = Kind::none;
  std::uint32_t states = 0;  ///< Number of latents in the header of a page.
  std::uint64_t window = 0;  ///< Largest lookback.
  unsigned shift = 0;        ///< Bits of a weighted sum that are dropped.
  std::int64_t bias = 0;
  std::array<std::int32_t, kMaxWeights> weights{};
};

/// Adds the differences of one latent variable. \tparam L  unsigned type of the latents.
template <typename L>
class DeltaRestorer {
 public:
  static constexpr L kMiddle = static_cast<L>(L{1} << (8 * sizeof(L) - 1));

  [[nodiscard]] std::size_t states() const { return delta_.states; }

  /// Reads the first latents of a page. \param history  memory for all numbers of the page and the states, if
  /// `delta.kind` is lookback.
  void begin(LsbBits& bits, const Delta& delta, std::span<L> history) {
    delta_ = delta;
    history_ = history;
    position_ = delta.states;
    for (std::size_t i = 0; i < delta.states; ++i) {
      const L value = static_cast<L>(bits.take(8 * sizeof(L)));
      (delta.kind == Delta::Kind::lookback ? history_[i] : first_[i]) = value;
    }
  }

  /// Restores a batch. \param stored  number of differences; the latents behind them are 0.
  Status restore(std::span<L> latents, std::size_t stored, std::span<const std::uint32_t> lookbacks) {
    switch (delta_.kind) {
      case Delta::Kind::none:
        return {};
      case Delta::Kind::consecutive:
        add_up(latents);
        return {};
      case Delta::Kind::convolution:
        if constexpr (sizeof(L) < sizeof(std::uint64_t)) convolve(latents);
        return {};
      default:
        return look_back(latents, stored, lookbacks);
    }
  }

 private:
  void add_up(std::span<L> latents) {
    for (L& latent : latents) latent = static_cast<L>(latent ^ kMiddle);
    for (std::size_t order = delta_.states; order-- > 0;) {
      L moment = first_[order];
      for (L& latent : latents) {
        const L difference = latent;
        latent = moment;
        moment = static_cast<L>(moment + difference);
      }
      first_[order] = moment;
    }
  }

  void convolve(std::span<L> latents) {
    using Sum = typename Wider<L>::Type;
    using Wrapping = typename Wider<L>::Unsigned;
    const std::size_t order = delta_.states;
    std::array<Wrapping, kMaxWeights> weights;
    for (std::size_t i = 0; i < order; ++i) weights[i] = static_cast<Wrapping>(delta_.weights[i]);
    for (L& latent : latents) {
      auto sum = static_cast<Wrapping>(delta_.bias);
      for (std::size_t i = 0; i < order; ++i) {
        sum = static_cast<Wrapping>(sum + static_cast<Wrapping>(weights[i] * Wrapping{first_[i]}));
      }
      const Sum predicted = std::max(static_cast<Sum>(sum), Sum{0});
      const L next = static_cast<L>((latent ^ kMiddle) + static_cast<L>(predicted >> delta_.shift));
      latent = first_[0];
      std::copy(first_.begin() + 1, first_.begin() + static_cast<std::ptrdiff_t>(order), first_.begin());
      first_[order - 1] = next;
    }
  }

  Status look_back(std::span<L> latents, std::size_t stored, std::span<const std::uint32_t> lookbacks) {
    for (std::size_t i = 0; i < stored; ++i) {
      const std::uint64_t distance = lookbacks[i];
      if (distance > delta_.window || distance == 0) return damaged_variable("a lookback exceeds the window");
      const std::size_t at = position_ + i;
      const L earlier = distance <= at ? history_[at - static_cast<std::size_t>(distance)] : L{0};
      history_[at] = static_cast<L>((latents[i] ^ kMiddle) + earlier);
    }
    for (std::size_t i = 0; i < latents.size(); ++i) latents[i] = history_[position_ - delta_.states + i];
    position_ += latents.size();
    return {};
  }

  Delta delta_;
  std::array<L, kMaxWeights> first_{};
  std::span<L> history_;
  std::size_t position_ = 0;
};

}  // namespace posixpar::codecs::pco
