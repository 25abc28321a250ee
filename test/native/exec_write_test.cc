// Writes random selections in place and into chunk files, and compares every byte with a model.
#include <gtest/gtest.h>

#include <map>

#include "native/exec/plan/check.h"
#include "native/exec/write/in_place.h"
#include "test/native/write_support.h"

namespace posixpar {
namespace {

using test::Dice;
using test::Selection;

std::vector<std::uint64_t> random_shape(Dice& dice) {
  std::vector<std::uint64_t> shape(1 + dice.below(3));
  for (auto& length : shape) length = 1 + dice.below(9);
  return shape;
}

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  return count;
}

TEST(WriteRuns, CoverExactlyTheSelectedBytesInOrder) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  std::uint64_t elements = 0;
  for (int round = 0; round < 2000; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const auto shape = random_shape(dice);
    const Selection selection = test::random_selection(dice, shape);
    const bool fortran = dice.coin();
    PlanLayer layer = test::layer_of(shape, shape, selection, fortran);
    layer.stored = DType::uint16;
    constexpr std::uint64_t kStored = 2;
    constexpr std::uint64_t kSource = 4;
    ChunkGeometry geometry(layer, kSource);
    geometry.seek(0);
    const std::uint64_t longest = 1 + dice.below(40);
    const FileRuns runs(geometry, kSource, longest);
    std::map<std::uint64_t, std::uint64_t> expected;  // Maps offsets in the file to offsets in the source.
    test::for_each_element(selection, [&](const auto& at, std::uint64_t i) {
      expected[kStored * test::element_number(at, shape, fortran)] = kSource * i;
    });
    std::map<std::uint64_t, std::uint64_t> found;
    for (std::uint64_t r = 0; r < runs.count(); r++) {
      const FileRun run = runs.at(r);
      ASSERT_LE(run.length, std::max(longest, kStored));
      ASSERT_LE(run.length, runs.run_bytes());
      // Visits the elements of the run by its copy dimensions.
      for (std::uint64_t e = 0; e < run.length / kStored; e++) {
        std::uint64_t rest = e;
        std::int64_t to = 0;
        std::int64_t from = run.from;
        for (std::size_t d = run.rank; d-- > 0;) {
          const CopyDim& dim = run.dims[d];
          const auto i = static_cast<std::int64_t>(rest % dim.count);
          rest /= dim.count;
          ASSERT_EQ(dim.dst_index, nullptr);
          to += i * dim.dst_step;
          from += (dim.src_index != nullptr ? static_cast<std::int64_t>(dim.src_index[i]) : i) * dim.src_step;
        }
        ASSERT_EQ(to, static_cast<std::int64_t>(kStored * e));
        if (runs.contiguous_in_source()) {
          ASSERT_EQ(from, run.from + static_cast<std::int64_t>(kSource * e));
        }
        ASSERT_TRUE(found.emplace(run.offset + kStored * e, from).second);
      }
    }
    ASSERT_EQ(found, expected);
    elements += found.size();
  }
  EXPECT_GT(elements, 10'000U) << "seed " << seed;
}

/// Elements to write, and the bytes that the file must contain afterwards.
struct Elements {
  DType stored = DType::uint16;
  bool swap = false;
  std::vector<std::uint16_t> source;

  [[nodiscard]] std::vector<char> bytes(std::uint16_t value) const {
    std::vector<char> bytes(dtype_size(stored));
    const auto wide = static_cast<std::uint32_t>(value);
    const auto real = static_cast<float>(value);
    std::memcpy(bytes.data(), stored == DType::float32 ? static_cast<const void*>(&real) : &wide, bytes.size());
    if (swap) std::reverse(bytes.begin(), bytes.end());
    return bytes;
  }
};

Elements random_elements(Dice& dice, std::uint64_t count) {
  constexpr DType kTypes[] = {DType::uint16, DType::uint32, DType::float32};
  Elements elements{kTypes[dice.below(3)], dice.coin(), {}};
  for (std::uint64_t i = 0; i < count; i++) {
    elements.source.push_back(static_cast<std::uint16_t>(dice.below(1 << 16)));
  }
  return elements;
}

Plan plan_of(PlanLayer layer, std::uint64_t elements) {
  Plan plan;
  plan.out_type = DType::uint16;
  plan.elements = elements;
  plan.layers.push_back(std::move(layer));
  return plan;
}

std::shared_ptr<Write> write_of(Plan plan, const WriteSettings& settings, const std::vector<std::uint16_t>& source) {
  const auto checked = check_layer(plan.layers[0], plan.elements);
  EXPECT_TRUE(checked.ok()) << checked.error().message;
  EXPECT_TRUE(Write::check_writable(plan, settings).ok());
  return std::make_shared<Write>(std::move(plan), settings, reinterpret_cast<const std::byte*>(source.data()));
}

WriteSettings settings_of(Durability durability) {
  WriteSettings settings;
  settings.durability = durability;
  return settings;
}

TEST(WriteInPlace, ChangesOnlyTheSelectedElements) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  const test::TempDir folder;
  for (int round = 0; round < 200; round++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    const auto shape = random_shape(dice);
    const Selection selection = test::random_selection(dice, shape);
    const bool fortran = dice.coin();
    const Elements elements = random_elements(dice, selection.elements());
    const std::uint64_t size = dtype_size(elements.stored);
    const std::uint64_t header = dice.below(100);
    const std::string path = test::write_file(folder / "array", header + product(shape) * size + 10);
    std::vector<char> expected = test::pattern(header + product(shape) * size + 10);
    test::for_each_element(selection, [&](const auto& at, std::uint64_t i) {
      const auto bytes = elements.bytes(elements.source[i]);
      const std::uint64_t to = header + size * test::element_number(at, shape, fortran);
      std::copy(bytes.begin(), bytes.end(), expected.begin() + static_cast<std::ptrdiff_t>(to));
    });
    PlanLayer layer = test::layer_of(shape, shape, selection, fortran);
    layer.stored = elements.stored;
    layer.swap = elements.swap;
    layer.where.kind = Locations::Kind::open_file;
    layer.where.file = test::open_writable(path);
    layer.where.offsets = {static_cast<double>(header)};
    layer.where.lengths = {static_cast<double>(product(shape) * size)};
    // Short writes must be continued.
    const test::Faults faults({{.op = sys::Op::pwrite, .times = 0, .action = sys::FaultAction::shorten, .value = 5}});
    const auto error = test::run(
        write_of(plan_of(std::move(layer), selection.elements()), settings_of(Durability::none), elements.source));
    ASSERT_FALSE(error) << error->message;
    ASSERT_EQ(test::content(path), expected);
  }
}

/// An array of chunk files, and its elements in memory.
class ChunkFiles : public testing::Test {
 protected:
  static constexpr std::uint16_t kFill = 9;

  [[nodiscard]] PlanLayer layer(const Selection& selection, const std::shared_ptr<const CodecChain>& chain) const {
    PlanLayer layer = test::layer_of(shape_, chunk_, selection, false);
    layer.stored = DType::uint16;
    layer.chain = chain;
    layer.where.kind = Locations::Kind::names;
    layer.where.directory = sys::Directory::open(folder_.path()).value();
    layer.where.name.literals = {"c/", "/", ""};
    layer.where.name.fields = {{0, 0}, {1, 0}};
    return layer;
  }

  [[nodiscard]] std::shared_ptr<const CodecChain> checksum() const {
    const CodecSpec specs[] = {{CodecId::shuffle, {2}}, {CodecId::crc32c, {}}};
    return std::make_shared<const CodecChain>(CodecChain::build(specs, chunk_[0] * chunk_[1] * 2).value());
  }

  static WriteSettings settings(bool omits_fill, Durability durability) {
    WriteSettings settings = settings_of(durability);
    settings.omits_fill = omits_fill;
    std::memcpy(settings.fill.data(), &kFill, sizeof kFill);
    return settings;
  }

  /// Decodes all chunks. Chunks that are not stored consist of the fill value.
  [[nodiscard]] std::vector<std::uint16_t> stored(const std::shared_ptr<const CodecChain>& chain) const {
    std::vector<std::uint16_t> all(shape_[0] * shape_[1], kFill);
    for (std::uint64_t r = 0; r * chunk_[0] < shape_[0]; r++) {
      for (std::uint64_t c = 0; c * chunk_[1] < shape_[1]; c++) {
        const std::string path = folder_ / ("c/" + std::to_string(r) + "/" + std::to_string(c));
        if (!std::filesystem::exists(path)) continue;
        const std::vector<char> bytes = test::content(path);
        std::vector<std::uint16_t> chunk(chunk_[0] * chunk_[1]);
        const MutableBytes decoded = std::as_writable_bytes(std::span(chunk));
        if (chain == nullptr) {
          EXPECT_EQ(bytes.size(), decoded.size());
          std::memcpy(decoded.data(), bytes.data(), decoded.size());
        } else {
          CodecScratch scratch;
          EXPECT_TRUE(chain->decode(std::as_bytes(std::span(bytes)), 0, decoded, {0, decoded.size()}, scratch).ok());
        }
        for (std::uint64_t i = 0; i < chunk.size(); i++) {
          const std::uint64_t row = r * chunk_[0] + i / chunk_[1];
          const std::uint64_t column = c * chunk_[1] + i % chunk_[1];
          if (row < shape_[0] && column < shape_[1]) all[row * shape_[1] + column] = chunk[i];
        }
      }
    }
    return all;
  }

  /// Returns the paths of temporary files: their names contain "partial".
  [[nodiscard]] std::vector<std::string> temporary_files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.path().filename().string().find("partial") != std::string::npos) names.push_back(entry.path());
    }
    return names;
  }

  const std::vector<std::uint64_t> shape_{11, 13};
  const std::vector<std::uint64_t> chunk_{4, 5};
  test::TempDir folder_;
};

TEST_F(ChunkFiles, EqualAModelAfterRandomWrites) {
  const unsigned seed = std::random_device{}();
  Dice dice(seed);
  for (const auto& chain : {std::shared_ptr<const CodecChain>(), checksum()}) {
    std::filesystem::remove_all(folder_ / "c");
    std::vector<std::uint16_t> model(shape_[0] * shape_[1], kFill);
    for (int round = 0; round < 60; round++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
      const Selection selection = test::random_selection(dice, shape_);
      std::vector<std::uint16_t> source(selection.elements(), kFill);
      if (dice.below(4) != 0) source = random_elements(dice, selection.elements()).source;
      test::for_each_element(selection, [&](const auto& at, std::uint64_t i) {
        model[test::element_number(at, shape_, false)] = source[i];
      });
      const auto error =
          test::run(write_of(plan_of(layer(selection, chain), selection.elements()),
                             settings(dice.coin(), dice.coin() ? Durability::full : Durability::none), source));
      ASSERT_FALSE(error) << error->message;
      ASSERT_EQ(stored(chain), model);
      ASSERT_EQ(temporary_files(), std::vector<std::string>());
    }
  }
}

TEST_F(ChunkFiles, AreOldOrNewAfterAFailure) {
  const Selection all{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, {false, false}};
  const std::vector<std::uint16_t> old(143, 1);
  const std::vector<std::uint16_t> fresh(143, 2);
  const auto write = [&](const std::vector<std::uint16_t>& source) {
    return test::run(write_of(plan_of(layer(all, nullptr), 143), settings(false, Durability::data), source));
  };
  for (const sys::Op op : {sys::Op::create, sys::Op::pwrite, sys::Op::sync, sys::Op::rename}) {
    for (std::uint64_t skip = 0; skip < 9; skip++) {
      ASSERT_FALSE(write(old));
      const test::Faults faults({{.op = op, .skip = skip, .value = EIO}});
      const auto error = write(fresh);
      ASSERT_TRUE(error);
      EXPECT_EQ(error->sys_errno, EIO);
      for (const std::uint16_t value : stored(nullptr)) ASSERT_TRUE(value == 1 || value == 2);
      EXPECT_EQ(temporary_files(), std::vector<std::string>());
    }
  }
}

TEST_F(ChunkFiles, AreNotMergedIfTheyAreDamaged) {
  const auto chain = checksum();
  std::filesystem::create_directories(folder_ / "c/0");
  for (const std::size_t size : {0, 10, 42, 5000}) {
    test::write_file(folder_ / "c/0/0", size);
    const Selection part{{{1}, {1}}, {false, false}};
    for (const auto& used : {std::shared_ptr<const CodecChain>(), chain}) {
      const auto error =
          test::run(write_of(plan_of(layer(part, used), 1), settings(true, Durability::none), {std::uint16_t{5}}));
      ASSERT_TRUE(error) << size;
      EXPECT_EQ(error->kind, ErrorKind::codec);
      EXPECT_EQ(test::content(folder_ / "c/0/0"), test::pattern(size));
    }
  }
}

TEST(WriteEnds, WithAnErrorAfterItWasCancelled) {
  const test::TempDir folder;
  test::write_file(folder / "array", 64);
  const Selection all{{{0, 1, 2, 3}}, {false}};
  PlanLayer layer = test::layer_of({4}, {4}, all, false);
  layer.stored = DType::uint16;
  layer.where.kind = Locations::Kind::open_file;
  layer.where.file = test::open_writable(folder / "array");
  layer.where.offsets = {0};
  layer.where.lengths = {8};
  const std::vector<std::uint16_t> source{1, 2, 3, 4};
  const auto write = write_of(plan_of(std::move(layer), 4), {}, source);
  write->cancel();
  const auto error = test::run(write);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::cancelled);
  EXPECT_EQ(test::content(folder / "array"), test::pattern(64));
}

}  // namespace
}  // namespace posixpar
