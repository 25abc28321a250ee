#include "native/kernels/reduce/state.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "native/kernels/half.h"

namespace posixpar {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

double double_of_key(std::uint64_t key) { return std::bit_cast<double>((key & kSign) != 0 ? key & ~kSign : ~key); }

void store(std::byte* to, const void* value, std::size_t bytes) { std::memcpy(to, value, bytes); }

/// Stores the element whose order key (order_key()) is `key`.
void store_key(DType type, std::uint64_t key, std::byte* to) {
  if (type == DType::float64) {
    const double value = double_of_key(key);
    store(to, &value, sizeof value);
  } else if (type == DType::float32) {
    const auto value = static_cast<float>(double_of_key(key));
    store(to, &value, sizeof value);
  } else if (type == DType::float16) {
    const Half value = half_from_double(double_of_key(key));
    store(to, &value.bits, sizeof value.bits);
  } else if (type == DType::uint64 || type == DType::uint32 || type == DType::uint16 || type == DType::uint8 ||
             type == DType::bool8) {
    store(to, &key, dtype_size(type));
  } else {
    const std::uint64_t value = key ^ kSign;
    store(to, &value, dtype_size(type));
  }
}

void finish_extreme(const ReduceSpec& spec, const std::uint64_t* state, std::uint64_t key, std::byte* to) {
  if (is_float(spec.type)) {
    if ((state[kStateFlags] & kHasNan) != 0 || state[kStateCount] == 0) key = order_key(kNan);
  } else if (state[kStateCount] == 0) {
    std::memset(to, 0, dtype_size(spec.type));
    return;
  }
  store_key(spec.type, key, to);
}

/// Returns the sum of elements of which at least one is not finite: NaN or an infinity. Returns 0 if all are finite.
double special_sum(std::uint64_t flags) {
  if ((flags & kHasNan) != 0) return kNan;
  const bool positive = (flags & kHasPositiveInfinity) != 0;
  const bool negative = (flags & kHasNegativeInfinity) != 0;
  if (positive && negative) return kNan;
  return positive ? kInfinity : negative ? -kInfinity : 0;
}

Status finish_integer_sum(DType type, ConstLimbs sum, std::byte* to) {
  const bool is_signed = reduced_type({.operation = Reduction::sum, .type = type}) == DType::int64;
  const std::uint64_t high = is_signed ? std::uint64_t{0} - (sum[0] >> 63) : 0;
  if (sum[1] != high) {
    Error error;
    error.kind = ErrorKind::conversion;
    error.op = "reduce";
    error.message = std::string("The sum does not fit into ") + (is_signed ? "int64" : "uint64");
    return error;
  }
  store(to, sum.data(), sizeof sum[0]);
  return {};
}

double finish_double(const ReduceSpec& spec, const StateLayout& layout, std::uint64_t ddof,
                     const std::uint64_t* state) {
  const std::uint64_t count = state[kStateCount];
  if (spec.operation == Reduction::count) return static_cast<double>(count);
  const double special = special_sum(state[kStateFlags]);
  const bool is_special = special != 0;
  const ConstLimbs sum(state + kStateSum, layout.sum_words);
  if (spec.operation == Reduction::std) {
    if (is_special) return kNan;
    const ConstLimbs squares(state + kStateSum + layout.sum_words, layout.square_words);
    return standard_deviation(sum, squares, layout.exponent, count, ddof);
  }
  if (is_special) return special;
  if (spec.operation == Reduction::sum) return to_double(sum, layout.exponent);
  return count == 0 ? kNan : divide(sum, layout.exponent, count);
}

}  // namespace

DType reduced_type(const ReduceSpec& spec) {
  const bool keeps_type = spec.operation == Reduction::min || spec.operation == Reduction::max;
  if (keeps_type || spec.operation == Reduction::bounds) return spec.type;
  if (spec.operation != Reduction::sum || is_float(spec.type)) return DType::float64;
  const bool is_unsigned = spec.type == DType::uint8 || spec.type == DType::uint16 || spec.type == DType::uint32 ||
                           spec.type == DType::uint64;
  return is_unsigned ? DType::uint64 : DType::int64;
}

void merge_states(const ReduceSpec& spec, std::uint64_t* to, const std::uint64_t* from, std::uint64_t outputs) {
  const StateLayout layout = state_layout(spec);
  for (std::uint64_t i = 0; i < outputs; i++, to += layout.words, from += layout.words) {
    if (has_bins(spec.operation)) {
      for (std::uint64_t word = 0; word < layout.words; word++) to[word] += from[word];
      continue;
    }
    to[kStateCount] += from[kStateCount];
    to[kStateFlags] |= from[kStateFlags];
    if (layout.sum_words == 0) {
      for (std::size_t key = kStateKey; key < layout.words; key++) to[key] = std::max(to[key], from[key]);
      continue;
    }
    add_number({to + kStateSum, layout.sum_words}, {from + kStateSum, layout.sum_words});
    const std::size_t squares = kStateSum + layout.sum_words;
    if (layout.square_words > 0) add_number({to + squares, layout.square_words}, {from + squares, layout.square_words});
  }
}

Status finish_states(const ReduceSpec& spec, std::uint64_t ddof, const std::uint64_t* state, std::uint64_t outputs,
                     std::byte* results, std::uint8_t* empty) {
  const StateLayout layout = state_layout(spec);
  const std::size_t size = dtype_size(reduced_type(spec));
  const bool sums_integers = spec.operation == Reduction::sum && !is_float(spec.type);
  for (std::uint64_t i = 0; i < outputs; i++, state += layout.words, results += results_of(spec) * size) {
    empty[i] = state[kStateCount] == 0 ? 1 : 0;
    if (spec.operation == Reduction::min) {
      finish_extreme(spec, state, ~state[kStateKey], results);
    } else if (spec.operation == Reduction::max) {
      finish_extreme(spec, state, state[kStateKey], results);
    } else if (spec.operation == Reduction::bounds) {
      finish_extreme(spec, state, ~state[kStateMinKey], results);
      finish_extreme(spec, state, state[kStateMaxKey], results + size);
    } else if (has_bins(spec.operation)) {
      for (std::uint64_t bin = 0; bin < spec.bins; bin++) {
        const auto count = static_cast<double>(state[kStateBins + bin]);
        store(results + bin * size, &count, sizeof count);
      }
    } else if (sums_integers) {
      POSIXPAR_RETURN_IF_ERROR(finish_integer_sum(spec.type, {state + kStateSum, layout.sum_words}, results));
    } else {
      const double value = finish_double(spec, layout, ddof, state);
      store(results, &value, sizeof value);
    }
  }
  return {};
}

}  // namespace posixpar
