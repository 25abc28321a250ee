#pragma once
/// \file Sinks add elements of one type to the state of one result. A sink collects counts and most sums of integers
/// in its members, so that the compiler can keep them in registers. flush() adds them to the state. Floating-point
/// numbers and squares of 64-bit integers are added to the state at once.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <type_traits>

#include "native/kernels/half.h"
#include "native/kernels/reduce/state.h"

namespace posixpar::reduce_detail {

/// Type in which the sinks compute with elements of type T.
template <typename T>
using Wide = std::conditional_t<std::is_floating_point_v<T> || std::same_as<T, Half>, double,
                                std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

template <typename T>
Wide<T> load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::same_as<T, Half>) {
    return half_to_float(value);
  } else {
    return value;
  }
}

/// Counts elements.
template <typename T>
class CountSink {
 public:
  CountSink(std::uint64_t* state, const StateLayout&) : state_(state) {}
  void add(Wide<T>) { count_++; }
  void flush() { state_[kStateCount] += count_; }

 private:
  std::uint64_t* state_;
  std::uint64_t count_ = 0;
};

/// Finds the smallest element (if `kIsMin`) or the greatest element.
template <typename T, bool kIsMin>
class ExtremeSink {
 public:
  ExtremeSink(std::uint64_t* state, const StateLayout&) : state_(state) {}
  void add(Wide<T> value) {
    count_++;
    if constexpr (std::same_as<Wide<T>, double>) {
      if (std::isnan(value)) {
        flags_ |= kHasNan;
        return;
      }
    }
    const std::uint64_t key = order_key(value);
    key_ = std::max(key_, kIsMin ? ~key : key);
  }
  void flush() {
    state_[kStateCount] += count_;
    state_[kStateFlags] |= flags_;
    state_[kStateKey] = std::max(state_[kStateKey], key_);
  }

 private:
  std::uint64_t* state_;
  std::uint64_t count_ = 0;
  std::uint64_t flags_ = 0;
  std::uint64_t key_ = 0;
};

/// Finds the smallest and the greatest element.
template <typename T>
class ExtentSink {
 public:
  ExtentSink(std::uint64_t* state, const StateLayout&) : state_(state) {}
  void add(Wide<T> value) {
    count_++;
    if constexpr (std::same_as<Wide<T>, double>) {
      if (std::isnan(value)) {
        flags_ |= kHasNan;
        return;
      }
    }
    const std::uint64_t key = order_key(value);
    min_key_ = std::max(min_key_, ~key);
    max_key_ = std::max(max_key_, key);
  }
  void flush() {
    state_[kStateCount] += count_;
    state_[kStateFlags] |= flags_;
    state_[kStateMinKey] = std::max(state_[kStateMinKey], min_key_);
    state_[kStateMaxKey] = std::max(state_[kStateMaxKey], max_key_);
  }

 private:
  std::uint64_t* state_;
  std::uint64_t count_ = 0;
  std::uint64_t flags_ = 0;
  std::uint64_t min_key_ = 0;
  std::uint64_t max_key_ = 0;
};

/// Adds integers and, if `kSquares`, their squares.
template <typename T, bool kSquares>
class IntegerSink {
 public:
  IntegerSink(std::uint64_t* state, const StateLayout& layout)
      : state_(state), sum_(state + kStateSum, layout.sum_words), squares_(sum_.data() + 2, layout.square_words) {}
  void add(Wide<T> value) {
    count_++;
    total_ += static_cast<Int128>(value);
    if constexpr (kSquares && sizeof(T) < 8) total_squares_ += static_cast<Uint128>(Int128{value} * value);
    if constexpr (kSquares && sizeof(T) == 8) {
      const auto bits = static_cast<std::uint64_t>(value);
      const std::uint64_t magnitude = value < 0 ? 0 - bits : bits;
      add_shifted(squares_, Uint128{magnitude} * magnitude, 0, false);
    }
  }
  void flush() {
    state_[kStateCount] += count_;
    add_shifted(sum_, total_ < 0 ? -static_cast<Uint128>(total_) : static_cast<Uint128>(total_), 0, total_ < 0);
    if constexpr (kSquares) add_shifted(squares_, total_squares_, 0, false);
  }

 private:
  std::uint64_t* state_;
  Limbs sum_;
  Limbs squares_;
  std::uint64_t count_ = 0;
  Int128 total_ = 0;
  Uint128 total_squares_ = 0;
};

/// Adds floating-point numbers and, if `kSquares`, their squares.
template <typename T, bool kSquares>
class FloatSink {
 public:
  FloatSink(std::uint64_t* state, const StateLayout& layout)
      : state_(state),
        sum_(state + kStateSum, layout.sum_words),
        squares_(sum_.data() + sum_.size(), layout.square_words),
        exponent_(layout.exponent) {}
  void add(double value) {
    count_++;
    if (!std::isfinite(value)) {
      flags_ |= std::isnan(value) ? kHasNan : value > 0 ? kHasPositiveInfinity : kHasNegativeInfinity;
      return;
    }
    add_double(sum_, value, exponent_);
    if constexpr (kSquares) add_square(squares_, value, exponent_);
  }
  void flush() {
    state_[kStateCount] += count_;
    state_[kStateFlags] |= flags_;
  }

 private:
  std::uint64_t* state_;
  Limbs sum_;
  Limbs squares_;
  int exponent_;
  std::uint64_t count_ = 0;
  std::uint64_t flags_ = 0;
};

}  // namespace posixpar::reduce_detail
