#include "native/exec/reduce/reduce_sink.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "native/base/generated/limits.h"
#include "native/kernels/box.h"
#include "native/pool/buffers.h"

namespace posixpar {
namespace {

/// A box of elements that are reduced where they are.
struct StoredBox {
  const std::byte* first = nullptr;
  std::array<ReduceDim, kMaxRank> dims;
  std::size_t rank = 0;

  [[nodiscard]] std::span<const ReduceDim> reduce_dims() const { return {dims.data(), rank}; }
};

/// Dimensions in the order of their steps, longest first, so that neighbours of the file are visited one after the
/// other. The result of a reduction does not depend on the order.
struct OrderedDims {
  explicit OrderedDims(std::span<const CopyDim> from) : rank(from.size()) {
    std::ranges::copy(from, dims.begin());
    std::ranges::sort(dims.begin(), dims.begin() + rank, std::ranges::greater{},
                      [](const CopyDim& dim) { return magnitude(dim.src_step); });
  }
  [[nodiscard]] std::span<const CopyDim> all() const { return {dims.data(), rank}; }

  std::array<CopyDim, kMaxRank> dims{};
  std::size_t rank;
};

/// Returns the box if the elements need no conversion, and the distances between them are multiples of `size` bytes.
/// Merges dimensions that follow each other without a gap.
std::optional<StoredBox> find_stored_box(const SelectedElements& elements, std::size_t size) {
  if (!elements.conversion.identity() || elements.mask != nullptr) return std::nullopt;
  StoredBox box;
  box.first = elements.first;
  for (const CopyDim& dim : elements.dims) {
    const std::uint64_t bytes = magnitude(dim.src_step);
    if (dim.src_index != nullptr || bytes % size != 0) return std::nullopt;
    if (dim.count == 1) continue;
    if (dim.src_step < 0) box.first += static_cast<std::int64_t>(dim.count - 1) * dim.src_step;
    const std::uint64_t step = bytes / size;
    ReduceDim* const outer = box.rank == 0 ? nullptr : &box.dims[box.rank - 1];
    if (outer != nullptr && outer->source_step == dim.count * step) {
      *outer = {.count = outer->count * dim.count, .source_step = step, .output_step = 0};
    } else {
      box.dims[box.rank++] = {.count = dim.count, .source_step = step, .output_step = 0};
    }
  }
  return box;
}

/// Cuts a box of elements into pieces of at most `max_elements`. Calls `visit(first, dims)` for each piece, until it
/// returns an error. The destinations of `dims` are contiguous elements of `size` bytes.
template <typename Visit>
Status for_each_piece(const SelectedElements& elements, std::uint64_t max_elements, std::size_t size, Visit visit) {
  std::array<CopyDim, kMaxRank> dims{};
  std::ranges::copy(elements.dims, dims.begin());
  const std::size_t rank = std::max<std::size_t>(1, elements.dims.size());
  std::uint64_t step = size;
  for (std::size_t d = rank; d-- > 0; step *= dims[d].count) {
    dims[d].dst_step = static_cast<std::int64_t>(step);
    dims[d].dst_index = nullptr;
  }
  // Dimension `cut` is the slowest one of which one position fits into a piece.
  std::size_t cut = 0;
  std::uint64_t inner = step / size / dims[0].count;
  while (inner > max_elements) inner /= dims[++cut].count;
  const std::uint64_t length = std::max<std::uint64_t>(1, max_elements / inner);
  const CopyDim whole = dims[cut];
  std::array<std::uint64_t, kMaxRank> at{};
  while (true) {
    const std::byte* first = elements.first;
    for (std::size_t d = 0; d < cut; d++) first += offset_of(at[d], dims[d].src_step, dims[d].src_index);
    for (std::uint64_t begin = 0; begin < whole.count; begin += length) {
      dims[cut] = slice(whole, begin, std::min(length, whole.count - begin));
      POSIXPAR_RETURN_IF_ERROR(visit(first + slice_src(whole, begin), std::span(dims).subspan(cut, rank - cut)));
    }
    std::size_t d = cut;
    while (d > 0 && ++at[d - 1] == dims[d - 1].count) at[--d] = 0;
    if (d == 0) return {};
  }
}

}  // namespace

std::shared_ptr<ReduceSink> ReduceSink::create(ReduceRequest request, std::uint64_t* state) {
  const bool is_small = state_layout(request.spec).words * sizeof(std::uint64_t) <= kMaxTemporaryBytes;
  if (request.outputs != 1 || !is_small) return nullptr;
  // The constructor is private, so make_shared cannot call it.
  return std::shared_ptr<ReduceSink>(new ReduceSink(std::move(request), state));
}

Status ReduceSink::add(const SelectedElements& selected) {
  added_.fetch_add(count_elements(selected.dims), std::memory_order_relaxed);
  const OrderedDims ordered(selected.dims);
  SelectedElements elements = selected;
  elements.dims = ordered.all();
  const ReduceSpec& spec = request_.spec;
  const std::size_t size = dtype_size(spec.type);
  if (const auto box = find_stored_box(elements, size)) {
    auto own = temporary_.take(request_);
    reduce_box(spec, box->first, nullptr, box->reduce_dims(), own.data());
    temporary_.give_back(std::move(own));
    return {};
  }
  auto memory = pool::ThreadScratch::get().take(kSinkSlot, kSinkScratchBytes);
  if (!memory.ok()) return std::move(memory).error();
  const std::uint64_t max_elements = kSinkScratchBytes / (size + 1);
  std::byte* const values = memory->data();
  std::byte* const mask = elements.mask == nullptr ? nullptr : values + max_elements * size;
  auto own = temporary_.take(request_);
  auto status =
      for_each_piece(elements, max_elements, size, [&](const std::byte* first, std::span<CopyDim> dims) -> Status {
        POSIXPAR_RETURN_IF_ERROR(copy_nd(first, values, dims, elements.conversion));
        if (mask != nullptr) {
          std::array<CopyDim, kMaxRank> masked;
          std::ranges::copy(dims, masked.begin());
          for (CopyDim& dim : masked) dim.dst_step /= static_cast<std::int64_t>(size);
          POSIXPAR_RETURN_IF_ERROR(copy_nd(first, mask, std::span(masked).first(dims.size()), *elements.mask));
        }
        const std::array<ReduceDim, 1> run{{{.count = count_elements(dims), .source_step = 1, .output_step = 0}}};
        reduce_box(spec, values, reinterpret_cast<const std::uint8_t*>(mask), run, own.data());
        return {};
      });
  temporary_.give_back(std::move(own));
  return status;
}

void ReduceSink::add_fill(const Fill& fill, std::uint64_t count, const Plan& plan) {
  added_.fetch_add(count, std::memory_order_relaxed);
  const bool is_left_out = plan.masked && fill.missing;
  if (is_left_out) return;
  const ReduceSpec& spec = request_.spec;
  // The state of 1, 2, 4, ... equal elements. Adding two equal states doubles the number of elements.
  std::vector<std::uint64_t> power(state_layout(spec).words);
  reduce_box(spec, fill.element.data(), nullptr, std::array<ReduceDim, 1>{}, power.data());
  auto own = temporary_.take(request_);
  for (; count > 0; count >>= 1) {
    if ((count & 1) != 0) merge_states(spec, own.data(), power.data(), 1);
    const std::vector<std::uint64_t> same = power;
    if (count > 1) merge_states(spec, power.data(), same.data(), 1);
  }
  temporary_.give_back(std::move(own));
}

void ReduceSink::complete(const Plan& plan) {
  if (plan.prefill) add_fill(plan.fill, plan.elements - added_, plan);
  temporary_.merge_into(state_, request_);
}

}  // namespace posixpar
