#include "native/exec/reduce/reduce_jobs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "native/base/checked.h"
#include "native/base/generated/limits.h"

namespace posixpar {
namespace {

/// Target for the number of elements of a piece: small enough that threads can share a block, and that a cancelled
/// reduction ends soon.
constexpr std::uint64_t kPieceElements = std::uint64_t{1} << 17;
/// Number of results of one piece of ReduceMerge or ReduceFinish.
constexpr std::uint64_t kPieceOutputs = 1024;
/// Maximum number of counters of a histogram or of digits.
constexpr std::uint64_t kMaxBins = std::uint64_t{1} << 24;
constexpr unsigned kMaxDigitBits = 16;
/// Maximum value of a word, 2^53 - 1. A double represents all integers up to this one exactly.
constexpr double kMaxWord = 9007199254740991.0;

/// Returns the position of the last element of the box: the sum of (count - 1) * step over the dimensions. Returns
/// nothing if it overflows, or if the box has no elements.
std::optional<std::uint64_t> reach(const std::vector<ReduceDim>& dims, std::uint64_t ReduceDim::*step) {
  std::optional<std::uint64_t> last = 0;
  for (const ReduceDim& dim : dims) {
    const auto length = dim.count == 0 ? std::nullopt : checked_mul(dim.count - 1, dim.*step);
    last = last && length ? checked_add(*last, *length) : std::nullopt;
  }
  return last;
}

std::size_t pieces_of(std::uint64_t outputs) {
  return static_cast<std::size_t>((outputs + kPieceOutputs - 1) / kPieceOutputs);
}

std::uint64_t elements_of(const std::vector<ReduceDim>& dims) {
  std::uint64_t elements = 1;
  for (const ReduceDim& dim : dims) elements *= dim.count;
  return elements;
}

/// Checks the words of histogram and digits.
bool has_valid_bins(const ReduceRequest& request) {
  const ReduceSpec& spec = request.spec;
  if (!has_bins(spec.operation)) return true;
  if (spec.bins == 0 || spec.bins > kMaxBins) return false;
  if (spec.operation == Reduction::histogram) return true;
  if (spec.digit_bits == 0 || spec.digit_bits > kMaxDigitBits) return false;
  const std::uint64_t bins = request.digit_prefixes << spec.digit_bits;
  return spec.digit_shift + spec.digit_bits <= dtype_size(spec.type) * 8 && spec.bins == bins;
}

}  // namespace

std::optional<ReduceRequest> ReduceRequest::decode(std::span<const double> words) {
  if (words.size() < kReduceWords) return std::nullopt;
  for (const double word : words) {
    if (!(word >= 0 && word <= kMaxWord) || word != std::floor(word)) return std::nullopt;
  }
  const auto word = [&](std::size_t at) { return static_cast<std::uint64_t>(words[at]); };
  const std::uint64_t rank = word(kReduceDims);
  if (word(kReduceOperation) >= count_of(Reduction{}) ||
      word(kReduceType) >= static_cast<std::uint64_t>(DType::complex64))
    return std::nullopt;
  if (rank > kMaxRank || words.size() != kReduceWords + rank * kReduceDimWords) return std::nullopt;
  ReduceRequest request;
  if (word(kReduceDigitBits) > kMaxDigitBits || word(kReduceDigitShift) > 64) return std::nullopt;
  request.spec = {.operation = static_cast<Reduction>(word(kReduceOperation)),
                  .type = static_cast<DType>(word(kReduceType)),
                  .skip_nan = word(kReduceSkipNan) != 0,
                  .bins = word(kReduceBins),
                  .equal_bins = word(kReduceEqualBins) != 0,
                  .digit_bits = static_cast<unsigned>(word(kReduceDigitBits)),
                  .digit_shift = static_cast<unsigned>(word(kReduceDigitShift))};
  request.digit_prefixes = word(kReduceBins) >> word(kReduceDigitBits);
  if (!has_valid_bins(request)) return std::nullopt;
  request.outputs = word(kReduceOutputs);
  request.ddof = word(kReduceDdof);
  std::optional<std::uint64_t> elements = 1;
  for (std::uint64_t d = 0; d < rank; d++) {
    const std::size_t at = kReduceWords + d * kReduceDimWords;
    request.dims.push_back(
        {word(at + kReduceDimCount), word(at + kReduceDimSourceStep), word(at + kReduceDimOutputStep)});
    elements = checked_mul(*elements, request.dims.back().count);
    if (!elements) return std::nullopt;
  }
  return request;
}

bool ReduceRequest::fits(std::uint64_t elements) const {
  if (std::ranges::any_of(dims, [](const ReduceDim& dim) { return dim.count == 0; })) return true;
  const auto last = reach(dims, &ReduceDim::source_step);
  const auto last_output = reach(dims, &ReduceDim::output_step);
  return last && last_output && *last < elements && *last_output < outputs;
}

bool ReduceRequest::set_table(std::span<const double> table) {
  if (spec.operation != Reduction::histogram || table.size() != spec.bins + 1) return false;
  // Comparisons with NaN are false.
  for (std::size_t i = 0; i + 1 < table.size(); i++) {
    if (!(table[i] <= table[i + 1])) return false;
  }
  spec.edges = table;
  return true;
}

bool ReduceRequest::set_table(std::span<const std::uint64_t> table) {
  if (spec.operation != Reduction::digits || table.size() != digit_prefixes) return false;
  for (std::size_t i = 0; i + 1 < table.size(); i++) {
    if (table[i] >= table[i + 1]) return false;
  }
  spec.prefixes = table;
  return true;
}

std::vector<std::uint64_t> TemporaryStates::take(const ReduceRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto own = std::move(idle_.back());
      idle_.pop_back();
      return own;
    }
  }
  return std::vector<std::uint64_t>(request.outputs * state_layout(request.spec).words);
}

void TemporaryStates::give_back(std::vector<std::uint64_t> own) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(own));
}

void TemporaryStates::merge_into(std::uint64_t* states, const ReduceRequest& request) const {
  for (const auto& own : idle_) merge_states(request.spec, states, own.data(), request.outputs);
}

ReduceBlock::Split ReduceBlock::choose_split(const ReduceRequest& request) {
  const auto& dims = request.dims;
  const std::uint64_t elements = elements_of(dims);
  if (elements <= kPieceElements) return {};
  const bool may_own_states = request.outputs * state_layout(request.spec).words * 8 <= kMaxTemporaryBytes;
  std::optional<std::size_t> best;
  for (std::size_t d = 0; d < dims.size(); d++) {
    if (dims[d].output_step == 0 && !may_own_states) continue;
    if (!best || dims[d].count > dims[*best].count) best = d;
  }
  if (!best) return {};
  const std::uint64_t count = dims[*best].count;
  const std::uint64_t wanted = std::min(count, (elements + kPieceElements - 1) / kPieceElements);
  const std::uint64_t length = (count + wanted - 1) / wanted;
  return {*best, length, static_cast<std::size_t>((count + length - 1) / length)};
}

std::shared_ptr<ReduceBlock> ReduceBlock::create(ReduceRequest request, const std::byte* source,
                                                 const std::uint8_t* mask, std::uint64_t* states) {
  const Split split = choose_split(request);
  // The constructor is private, so make_shared cannot call it.
  return std::shared_ptr<ReduceBlock>(new ReduceBlock(std::move(request), split, source, mask, states));
}

ReduceBlock::ReduceBlock(ReduceRequest request, Split split, const std::byte* source, const std::uint8_t* mask,
                         std::uint64_t* states)
    : Pieces(split.pieces, elements_of(request.dims)),
      request_(std::move(request)),
      split_(split),
      source_(source),
      mask_(mask),
      states_(states) {}

Status ReduceBlock::perform(std::size_t piece) {
  if (split_.pieces == 1) {
    reduce_box(request_.spec, source_, mask_, request_.dims, states_);
    return {};
  }
  std::vector<ReduceDim> dims = request_.dims;
  ReduceDim& dim = dims[split_.dim];
  const std::uint64_t begin = piece * split_.length;
  dim.count = std::min(split_.length, dim.count - begin);
  const std::uint64_t elements = begin * dim.source_step;
  const std::byte* source = source_ + elements * dtype_size(request_.spec.type);
  const std::uint8_t* mask = mask_ == nullptr ? nullptr : mask_ + elements;
  const std::uint64_t words = state_layout(request_.spec).words;
  if (dim.output_step != 0) {
    reduce_box(request_.spec, source, mask, dims, states_ + begin * dim.output_step * words);
    return {};
  }
  auto own = temporary_.take(request_);
  reduce_box(request_.spec, source, mask, dims, own.data());
  temporary_.give_back(std::move(own));
  return {};
}

Status ReduceBlock::complete() {
  temporary_.merge_into(states_, request_);
  return {};
}

std::shared_ptr<ReduceMerge> ReduceMerge::create(ReduceRequest request, std::uint64_t* to, const std::uint64_t* from) {
  return std::shared_ptr<ReduceMerge>(new ReduceMerge(std::move(request), to, from));
}

ReduceMerge::ReduceMerge(ReduceRequest request, std::uint64_t* to, const std::uint64_t* from)
    : Pieces(pieces_of(request.outputs), request.outputs * state_layout(request.spec).words),
      request_(std::move(request)),
      to_(to),
      from_(from) {}

Status ReduceMerge::perform(std::size_t piece) {
  const std::uint64_t begin = piece * kPieceOutputs;
  const std::uint64_t words = begin * state_layout(request_.spec).words;
  merge_states(request_.spec, to_ + words, from_ + words, std::min(kPieceOutputs, request_.outputs - begin));
  return {};
}

std::shared_ptr<ReduceFinish> ReduceFinish::create(ReduceRequest request, const std::uint64_t* states,
                                                   std::byte* results, std::uint8_t* empty) {
  return std::shared_ptr<ReduceFinish>(new ReduceFinish(std::move(request), states, results, empty));
}

ReduceFinish::ReduceFinish(ReduceRequest request, const std::uint64_t* states, std::byte* results, std::uint8_t* empty)
    : Pieces(pieces_of(request.outputs), request.outputs * 100),
      request_(std::move(request)),
      states_(states),
      results_(results),
      empty_(empty) {}

Status ReduceFinish::perform(std::size_t piece) {
  const std::uint64_t begin = piece * kPieceOutputs;
  const std::uint64_t count = std::min(kPieceOutputs, request_.outputs - begin);
  const ReduceSpec& spec = request_.spec;
  return finish_states(spec, request_.ddof, states_ + begin * state_layout(spec).words, count,
                       results_ + begin * results_of(spec) * dtype_size(reduced_type(spec)), empty_ + begin);
}

}  // namespace posixpar
