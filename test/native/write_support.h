#pragma once
/// \file Random arrays, selections and plans for the tests of native/exec/write.
#include <algorithm>
#include <cstring>
#include <future>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "native/exec/write/write.h"
#include "native/sys/write.h"
#include "test/native/sys_support.h"

namespace posixpar::test {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_); }
  bool coin() { return below(2) == 0; }

 private:
  std::mt19937 random_;
};

/// Selected positions of one dimension, in the order of the source.
using Axis = std::vector<std::uint64_t>;

/// Selected positions of all dimensions. `lists[d]` is true if axis `d` is an index list. Otherwise a start, a step and
/// a count describe it.
struct Selection {
  std::vector<Axis> axes;
  std::vector<bool> lists;
  [[nodiscard]] std::uint64_t elements() const {
    std::uint64_t count = 1;
    for (const Axis& axis : axes) count *= axis.size();
    return count;
  }
};

inline Selection random_selection(Dice& dice, const std::vector<std::uint64_t>& shape) {
  Selection selection;
  for (const std::uint64_t length : shape) {
    Axis axis;
    const bool is_list = dice.below(4) == 0;
    const std::uint64_t step = dice.coin() ? 1 : 1 + dice.below(3);
    std::uint64_t left = dice.coin() ? length : 1 + dice.below(length);
    for (std::uint64_t at = dice.coin() ? 0 : dice.below(length); at < length && left > 0; left--) {
      axis.push_back(at);
      at += is_list ? 1 + dice.below(3) : step;
    }
    if (dice.below(3) == 0) std::reverse(axis.begin(), axis.end());
    if (is_list) {
      for (std::size_t i = axis.size(); i-- > 1;) std::swap(axis[i], axis[dice.below(i + 1)]);
    }
    selection.axes.push_back(std::move(axis));
    selection.lists.push_back(is_list);
  }
  return selection;
}

inline PlanDim project(const Axis& axis, bool is_list, std::uint64_t chunk, std::uint64_t grid, std::uint64_t stride) {
  PlanDim dim;
  dim.chunk_shape = chunk;
  dim.grid_shape = grid;
  dim.out_stride = stride;
  if (is_list) {
    // The positions in a chunk are sorted, as the planner sorts them.
    Axis order(axis.size());
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    std::sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) { return axis[a] < axis[b]; });
    for (const std::uint64_t i : order) {
      if (dim.segments.empty() || dim.segments.back().chunk != axis[i] / chunk) {
        dim.segments.push_back({.chunk = axis[i] / chunk, .list = static_cast<std::int64_t>(dim.from.size())});
      }
      dim.segments.back().count++;
      dim.from.push_back(axis[i] % chunk);
      dim.out.push_back(i);
    }
    return dim;
  }
  for (std::uint64_t i = 0; i < axis.size();) {
    std::uint64_t end = i + 1;
    while (end < axis.size() && axis[end] / chunk == axis[i] / chunk) end++;
    const std::int64_t step =
        end - i > 1 ? static_cast<std::int64_t>(axis[i + 1]) - static_cast<std::int64_t>(axis[i]) : std::int64_t{1};
    dim.segments.push_back({axis[i] / chunk, static_cast<std::int64_t>(axis[i] % chunk), step, end - i, i, -1});
    i = end;
  }
  return dim;
}

/// Returns a layer of `shape` that selects `selection`. Its locations are not set.
inline PlanLayer layer_of(const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& chunk,
                          const Selection& selection, bool fortran) {
  PlanLayer layer;
  layer.axis_order.resize(shape.size());
  std::iota(layer.axis_order.begin(), layer.axis_order.end(), 0U);
  if (fortran) std::reverse(layer.axis_order.begin(), layer.axis_order.end());
  layer.first.chunk_count = 1;
  std::uint64_t stride = selection.elements();
  for (std::size_t d = 0; d < shape.size(); d++) {
    stride /= selection.axes[d].size();
    layer.first.dims.push_back(project(selection.axes[d], selection.lists[d], chunk[d], shape[d], stride));
    layer.first.chunk_count *= layer.first.dims[d].segments.size();
  }
  layer.chunk_count = layer.first.chunk_count;
  return layer;
}

/// Calls `use(position, index)` for each selected element: its position in the array, and its number in the source.
template <typename Use>
void for_each_element(const Selection& selection, Use use) {
  std::vector<std::uint64_t> at(selection.axes.size());
  for (std::uint64_t i = 0; i < selection.elements(); i++) {
    std::uint64_t rest = i;
    for (std::size_t d = at.size(); d-- > 0;) {
      at[d] = selection.axes[d][rest % selection.axes[d].size()];
      rest /= selection.axes[d].size();
    }
    use(at, i);
  }
}

/// Returns the number of the element at `at` in storage order.
inline std::uint64_t element_number(const std::vector<std::uint64_t>& at, const std::vector<std::uint64_t>& shape,
                                    bool fortran) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < at.size(); i++) {
    const std::size_t d = fortran ? at.size() - 1 - i : i;
    number = number * shape[d] + at[d];
  }
  return number;
}

/// Runs an operation on the pool and waits for its end. \returns its error.
inline std::optional<Error> run(const std::shared_ptr<Operation>& operation) {
  std::promise<void> ended;
  operation->start([&] { ended.set_value(); });
  ended.get_future().wait();
  return operation->error();
}

inline std::shared_ptr<sys::OpenFile> open_writable(const std::string& path) {
  auto fd = sys::open_for_writing(path);
  EXPECT_TRUE(fd.ok());
  const auto id = sys::stat_fd(fd->get(), path);
  return std::make_shared<sys::OpenFile>(std::move(*fd), *id, path);
}

inline std::vector<char> content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace posixpar::test
