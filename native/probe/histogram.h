#pragma once
/// \file A log-linear histogram of durations with a relative error of at most 1/128.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace posixpar::probe {

/// Values below 128 have one bucket each; each range from 128, or a larger power of two, to the next power of two is
/// divided into 128 buckets. Recording takes constant time and does not allocate.
class Histogram {
 public:
  static constexpr unsigned kPrecisionBits = 7;
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kPrecisionBits;
  static constexpr std::size_t kBuckets = kSubBuckets * (64 - kPrecisionBits + 1);

  Histogram() : counts_(kBuckets, 0) {}

  void record(std::uint64_t value) {
    ++counts_[index_of(value)];
    ++count_;
    sum_ += value;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }

  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    if (other.min_ < min_) min_ = other.min_;
    if (other.max_ > max_) max_ = other.max_;
  }

  /// A non-empty bucket with the values [low, low + width).
  struct Bucket {
    std::uint64_t low = 0;
    std::uint64_t width = 1;
    std::uint64_t count = 0;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const {
    std::vector<Bucket> out;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (counts_[i] != 0) out.push_back({low_of(i), width_of(i), counts_[i]});
    }
    return out;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  /// Returns the smallest value; 0 if nothing was recorded.
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }

  static constexpr std::size_t index_of(std::uint64_t value) {
    if (value < kSubBuckets) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kPrecisionBits;
    return kSubBuckets * shift + static_cast<std::size_t>(value >> shift);
  }
  static constexpr std::uint64_t width_of(std::size_t index) {
    return index < 2 * kSubBuckets ? 1 : std::uint64_t{1} << (index / kSubBuckets - 1);
  }
  static constexpr std::uint64_t low_of(std::size_t index) {
    if (index < 2 * kSubBuckets) return index;
    return (kSubBuckets + index % kSubBuckets) << (index / kSubBuckets - 1);
  }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
};

}  // namespace posixpar::probe
