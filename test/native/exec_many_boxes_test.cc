// Reads many boxes of one array with one plan. Each chunk must be decoded once, and copied to every box that needs it.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "native/exec/plan/check.h"
#include "native/exec/run/read.h"
#include "native/sys/file_cache.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

constexpr std::uint64_t kRows = 12;
constexpr std::uint64_t kColumns = 20;
constexpr std::uint64_t kChunkRows = 4;
constexpr std::uint64_t kChunkColumns = 8;
constexpr std::uint64_t kGridColumns = (kColumns + kChunkColumns - 1) / kChunkColumns;
constexpr std::uint64_t kChunkBytes = kChunkRows * kChunkColumns * sizeof(std::uint32_t);

std::uint32_t value_at(std::uint64_t row, std::uint64_t column) {
  return static_cast<std::uint32_t>(row * 1000 + column);
}

/// Rows [row, row + rows) and columns [column, column + columns).
struct Box {
  std::uint64_t row = 0;
  std::uint64_t rows = 1;
  std::uint64_t column = 0;
  std::uint64_t columns = 1;
};

PlanDim project(std::uint64_t begin, std::uint64_t count, std::uint64_t chunk, std::uint64_t grid,
                std::uint64_t stride) {
  PlanDim dim;
  dim.chunk_shape = chunk;
  dim.grid_shape = grid;
  dim.out_stride = stride;
  for (std::uint64_t at = begin; at < begin + count;) {
    const std::uint64_t end = std::min((at / chunk + 1) * chunk, begin + count);
    dim.segments.push_back({at / chunk, static_cast<std::int64_t>(at % chunk), 1, end - at, at - begin, -1});
    at = end;
  }
  return dim;
}

/// An array of 12 x 20 numbers in chunks of 4 x 8, one after the other in a file, byte-shuffled or plain.
class ManyBoxes : public testing::Test {
 protected:
  void SetUp() override {
    write("encoded", true);
    write("plain", false);
  }

  void write(const std::string& name, bool shuffled) {
    std::vector<char> bytes;
    for (std::uint64_t chunk = 0; chunk < kGridColumns * (kRows / kChunkRows); chunk++) {
      std::vector<char> stored(kChunkBytes);
      for (std::uint64_t i = 0; i < kChunkRows * kChunkColumns; i++) {
        const std::uint32_t value = value_at(chunk / kGridColumns * kChunkRows + i / kChunkColumns,
                                             chunk % kGridColumns * kChunkColumns + i % kChunkColumns);
        for (std::uint64_t b = 0; b < 4; b++) {
          const auto byte = static_cast<char>(value >> (8 * b));
          stored[shuffled ? b * kChunkRows * kChunkColumns + i : 4 * i + b] = byte;
        }
      }
      bytes.insert(bytes.end(), stored.begin(), stored.end());
    }
    std::ofstream(folder_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  [[nodiscard]] Plan plan(const std::string& name, const std::vector<Box>& boxes) const {
    Plan plan;
    plan.out_type = DType::uint32;
    PlanLayer layer;
    layer.stored = DType::uint32;
    layer.axis_order = {0, 1};
    layer.where.kind = Locations::Kind::open_file;
    layer.where.file = sys::FileCache::instance().open(folder_ / name).value();
    std::map<std::uint64_t, std::vector<ChunkUse>> uses;
    for (std::uint32_t b = 0; b < boxes.size(); b++) {
      const Box& box = boxes[b];
      Projection projection;
      projection.dims.push_back(project(box.row, box.rows, kChunkRows, kRows, box.columns));
      projection.dims.push_back(project(box.column, box.columns, kChunkColumns, kColumns, 1));
      projection.out_base = plan.elements;
      projection.chunk_count = projection.dims[0].segments.size() * projection.dims[1].segments.size();
      plan.elements += box.rows * box.columns;
      for (std::uint32_t i = 0; i < projection.chunk_count; i++) {
        const std::size_t columns = projection.dims[1].segments.size();
        const std::uint64_t chunk = projection.dims[0].segments[i / columns].chunk * kGridColumns +
                                    projection.dims[1].segments[i % columns].chunk;
        uses[chunk].push_back({b, i});
      }
      if (b == 0)
        layer.first = std::move(projection);
      else
        layer.others.push_back(std::move(projection));
    }
    for (const auto& [chunk, users] : uses) {
      layer.use_starts.push_back(static_cast<std::uint32_t>(layer.uses.size()));
      layer.uses.insert(layer.uses.end(), users.begin(), users.end());
      layer.where.offsets.push_back(static_cast<double>(chunk * kChunkBytes));
      layer.where.lengths.push_back(static_cast<double>(kChunkBytes));
    }
    layer.use_starts.push_back(static_cast<std::uint32_t>(layer.uses.size()));
    layer.chunk_count = uses.size();
    if (boxes.size() == 1) {
      layer.uses.clear();
      layer.use_starts.clear();
    }
    plan.layers.push_back(std::move(layer));
    return plan;
  }

  static std::shared_ptr<const CodecChain> shuffle() {
    const CodecSpec spec{CodecId::shuffle, {4}};
    return std::make_shared<const CodecChain>(CodecChain::build({&spec, 1}, kChunkBytes).value());
  }

  /// Reads the plan and compares every element. \returns the counters.
  static std::vector<double> expect_values(Plan plan, const std::vector<Box>& boxes) {
    EXPECT_TRUE(check_layer(plan.layers[0], plan.elements).ok());
    std::vector<std::uint32_t> result(plan.elements, 0xffffffffU);
    auto read = std::make_shared<Read>(std::move(plan), reinterpret_cast<std::byte*>(result.data()));
    read->run_on_caller();
    EXPECT_FALSE(read->error()) << read->error()->message;
    std::size_t at = 0;
    for (const Box& box : boxes) {
      for (std::uint64_t r = 0; r < box.rows; r++) {
        for (std::uint64_t c = 0; c < box.columns; c++)
          EXPECT_EQ(result[at++], value_at(box.row + r, box.column + c)) << at;
      }
    }
    std::vector<double> counters(kStatWords);
    read->stats(counters);
    return counters;
  }

  test::TempDir folder_;
};

std::vector<Box> random_boxes(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
  };
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < count; i++) {
    Box box;
    box.row = below(kRows);
    box.rows = 1 + below(kRows - box.row);
    box.column = below(kColumns);
    box.columns = 1 + below(kColumns - box.column);
    boxes.push_back(box);
  }
  return boxes;
}

TEST_F(ManyBoxes, AreFilledFromChunksThatAreDecodedOnce) {
  for (std::uint32_t seed = 1; seed <= 20; seed++) {
    const auto boxes = random_boxes(seed, 1 + seed);
    Plan plan = this->plan("encoded", boxes);
    const auto chunks = static_cast<double>(plan.layers[0].chunk_count);
    plan.layers[0].chain = shuffle();
    const auto counters = expect_values(std::move(plan), boxes);
    EXPECT_EQ(counters[kChunksDecoded], chunks);
    EXPECT_EQ(counters[kChunksDone], chunks);
    EXPECT_LE(counters[kBytesRead], chunks * static_cast<double>(kChunkBytes));
  }
}

TEST_F(ManyBoxes, AreGatheredFromPlainChunks) {
  for (const EngineKind engine : {EngineKind::automatic, EngineKind::pread, EngineKind::mmap, EngineKind::uring}) {
    for (std::uint32_t seed = 1; seed <= 10; seed++) {
      const auto boxes = random_boxes(seed, 1 + seed);
      Plan plan = this->plan("plain", boxes);
      const auto chunks = static_cast<double>(plan.layers[0].chunk_count);
      plan.engine = engine;
      plan.layers[0].partial_reads = true;
      plan.layers[0].extent_level = seed % 2;
      plan.layers[0].extent_block = 1 + seed % 3;
      EXPECT_EQ(expect_values(std::move(plan), boxes)[kChunksDone], chunks);

      plan = this->plan("plain", boxes);
      plan.engine = engine;
      const auto counters = expect_values(std::move(plan), boxes);
      EXPECT_EQ(counters[kChunksDone], chunks);
      EXPECT_EQ(counters[kChunksDecoded], 0);
    }
  }
}

TEST_F(ManyBoxes, HaveTheFillValueInAbsentChunksWhichCountOnce) {
  const std::vector<Box> boxes = {{0, 4, 0, 8}, {1, 2, 2, 3}, {0, 4, 0, 8}};
  for (const bool partial : {false, true}) {
    Plan plan = this->plan("plain", boxes);
    plan.layers[0].where.offsets = {-1};
    plan.layers[0].partial_reads = partial;
    const std::uint32_t fill = 7;
    std::memcpy(plan.fill.element.data(), &fill, sizeof fill);
    std::vector<std::uint32_t> result(plan.elements);
    auto read = std::make_shared<Read>(std::move(plan), reinterpret_cast<std::byte*>(result.data()));
    read->run_on_caller();
    ASSERT_FALSE(read->error());
    EXPECT_EQ(result, std::vector<std::uint32_t>(result.size(), fill));
    std::vector<double> counters(kStatWords);
    read->stats(counters);
    EXPECT_EQ(counters[kChunksAbsent], 1);
    EXPECT_EQ(counters[kChunksDone], 1);
    EXPECT_EQ(counters[kBytesDone], static_cast<double>(result.size() * sizeof(std::uint32_t)));
  }
}

TEST_F(ManyBoxes, AreReadInTheOrderOfTheirBytes) {
  const std::vector<Box> boxes = {{3, 1, 0, 8}, {0, 1, 0, 8}, {2, 1, 0, 8}, {1, 1, 4, 4}};
  Plan plan = this->plan("plain", boxes);
  plan.layers[0].partial_reads = true;
  const LayerStrategy strategy{.mode = Mode::extents};
  std::vector<std::uint32_t> order;
  for (const Task& task : split_into_tasks(plan, {&strategy, 1})) order.push_back(task.use);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{1, 3, 2, 0}));
}

}  // namespace
}  // namespace posixpar
