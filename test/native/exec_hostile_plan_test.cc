// Decodes many invalid plans. Each must be rejected, or be read without writing outside the result. Under
// AddressSanitizer, this shows that code may trust the plans that decode_plan returns.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "native/exec/plan/decode.h"
#include "native/exec/run/read.h"
#include "native/sys/file_cache.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

/// Owns a plan and the tables, strings and handles to which it refers.
struct Inputs {
  std::vector<double> plan;
  std::vector<std::vector<double>> doubles;       ///< Element t: side table t, if it contains doubles.
  std::vector<std::vector<std::uint32_t>> words;  ///< Element t: side table t, if it contains words.
  std::vector<std::string> strings;
  std::vector<PlanHandle> handles;

  [[nodiscard]] Result<Plan> decode() const {
    std::vector<WireTable> tables;
    for (std::size_t t = 0; t < doubles.size(); ++t) tables.push_back({doubles[t], words[t]});
    return decode_plan({plan, tables, strings, handles});
  }
  void table(std::vector<double> values) {
    doubles.push_back(std::move(values));
    words.emplace_back();
  }
  void table(std::vector<std::uint32_t> values) {
    words.push_back(std::move(values));
    doubles.emplace_back();
  }
};

using Words = std::vector<double>;

Words header(DType out, double elements, double prefill, double layers = 1) {
  Words w(wire::kHeaderWords);
  w[wire::kVersionWord] = wire::kVersion;
  w[wire::kLayers] = layers;
  w[wire::kOutType] = static_cast<double>(out);
  w[wire::kScale] = 1;
  w[wire::kPrefill] = prefill;
  w[wire::kElements] = elements;
  w[wire::kFresh] = 1;
  w[wire::kDecoding] = -1;
  w[wire::kRoots] = -1;
  w[wire::kChunkCache] = -1;
  return w;
}

/// Returns the words of a layer whose grid has `rank` dimensions. Optional parts are absent.
Words layer(DType stored, double rank, double location) {
  Words w(wire::kLayerWords);
  w[wire::kRank] = rank;
  w[wire::kStoredType] = static_cast<double>(stored);
  w[wire::kLocation] = location;
  for (const auto at : {wire::kChain, wire::kTable, wire::kFileIndex, wire::kMask, wire::kOrder, wire::kExtents,
                        wire::kExtentLevel, wire::kStamps, wire::kPathTable, wire::kInlineBytes, wire::kLayerFill,
                        wire::kUseStarts, wire::kUses, wire::kProjectionTable}) {
    w[at] = -1;
  }
  w[wire::kProjections] = 1;
  w[wire::kExtentBlock] = 1;
  return w;
}

void append(Words& to, std::initializer_list<Words> parts) {
  for (const Words& part : parts) to.insert(to.end(), part.begin(), part.end());
}

/// Sets the size of the layer and appends it to the header.
void finish(Inputs& inputs, Words head, Words body) {
  body[wire::kLayerSize] = static_cast<double>(body.size());
  append(inputs.plan, {std::move(head), std::move(body)});
}

class HostilePlans : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.bin", "b.bin"}) test::write_file(folder_ / name, 4096);
    for (const char* name : {"c0_0", "c0_1", "c1_0"}) test::write_file(folder_ / name, 64);
    test::write_file(folder_ / "short", 5);
    file_ = sys::FileCache::instance().open(folder_ / "a.bin").value();
    directory_ = sys::Directory::open(folder_.path()).value();
    const CodecSpec shuffle{CodecId::shuffle, {4}};
    for (const std::size_t bytes : {64U, 4096U}) {
      chains_.push_back(std::make_shared<const CodecChain>(CodecChain::build({&shuffle, 1}, bytes).value()));
    }
  }

  /// Returns a plan that reads every other column of a box from one file, in extents, and converts it.
  [[nodiscard]] Inputs partial() const {
    Inputs in;
    in.handles = {file_, directory_, chains_[0]};
    Words body = layer(DType::int16, 2, 0);
    body[wire::kSwap] = 1;
    body[wire::kExtentLevel] = 1;
    body[wire::kExtentBlock] = 8;
    body[wire::kOneOffset] = 16;
    body[wire::kOneLength] = 6 * 8 * 2;
    append(body, {{6, 6, 0, 0}, {8, 8, 1, 0}});
    append(body, {{0}, {4, 1, -1, -1}, {1, 1, -1, -1}, {0, 1, 1, 4, 0, -1}, {0, 1, 2, 4, 0, -1}});
    finish(in, header(DType::float32, 16, 0), std::move(body));
    return in;
  }

  /// Returns the plan of partial() for elements with other data before, between and after them.
  [[nodiscard]] Inputs spaced() const {
    Inputs in = partial();
    const std::size_t layer = wire::kHeaderWords;
    const std::size_t dims = layer + wire::kLayerWords;
    in.plan[dims + wire::kPitch] = 50;
    in.plan[dims + wire::kDimWords + wire::kPitch] = 6;
    in.plan[layer + wire::kElementOffset] = 2;
    in.plan[layer + wire::kTail] = 4;
    in.plan[layer + wire::kOneLength] = 2 + 5 * 50 + 7 * 6 + 2 + 4;
    return in;
  }

  /// Returns a plan with coalesced encoded chunks in two files, some of them absent, and with an index list in the
  /// second dimension.
  [[nodiscard]] Inputs encoded() const {
    Inputs in;
    in.handles = {chains_[0], chains_[1], file_};
    in.strings = {folder_ / "a.bin", folder_ / "b.bin", folder_ / "short"};
    in.table(Words{0, 64, 100, -1});
    in.table(Words{64, 64, 64, 0});
    in.table(std::vector<std::uint32_t>{0, 0, 1, 0});
    in.table(std::vector<std::uint32_t>{0, 1, 0, 0});
    in.table(std::vector<std::uint32_t>{0, 1, 2, 3});
    in.table(std::vector<std::uint32_t>{0, 2, 3, 4});
    in.table(std::vector<std::uint32_t>{0x7f800001, 0, 0, 0});
    Words body = layer(DType::float32, 2, 1);
    body[wire::kChain] = 0;
    body[wire::kHandle] = 3;
    body[wire::kTable] = 0;
    body[wire::kFileIndex] = 2;
    body[wire::kMask] = 3;
    body[wire::kOrder] = 4;
    body[wire::kExtents] = 5;
    body[wire::kLayerFill] = 6;
    // The second dimension has a segment table and an index list.
    in.table(Words{0, 0, 1, 3, 0, 1, 1, 0, 1, 2, 3, -1});
    in.table(Words{3, 0, 2, 2});
    in.table(std::vector<std::uint32_t>{9, 1, 0, 2});
    append(body, {{4, 8, 0, 0}, {4, 8, 1, 0}});
    append(body, {{0}, {5, 2, -1, -1}, {1, 2, 7, 8}, {0, 0, 1, 4, 0, -1}, {1, 3, -1, 4, 4, -1}});
    finish(in, header(DType::float32, 40, 1), std::move(body));
    return in;
  }

  /// Returns the plan of encoded() with its paths in a table.
  [[nodiscard]] Inputs packed() const {
    Inputs in = encoded();
    in.plan[std::size_t{wire::kHeaderWords} + wire::kPathTable] = static_cast<double>(in.words.size());
    in.table(pack(in.strings));
    in.strings.clear();
    return in;
  }

  /// Returns the table of `paths`: each is followed by a NUL.
  static std::vector<std::uint32_t> pack(const std::vector<std::string>& paths) {
    std::string text;
    for (const std::string& path : paths) text.append(path).push_back('\0');
    std::vector<std::uint32_t> words((text.size() + 3) / 4);
    if (!text.empty()) std::memcpy(words.data(), text.data(), text.size());
    return words;
  }

  /// Returns a plan with clipped chunks in files whose names follow from a template; one of the files is missing.
  [[nodiscard]] Inputs named() const {
    Inputs in;
    in.handles = {directory_, chains_[1]};
    in.strings = {"c", "_", ""};
    Words body = layer(DType::uint8, 2, 2);
    body[wire::kClipped] = 1;
    body[wire::kFields] = 2;
    append(body, {{8, 15, 1, 0}, {8, 14, 0, 0}, {0, 0, 1, 0}, {0}, {14, 2, -1, -1}, {1, 2, -1, -1}});
    append(body, {{0, 0, 1, 8, 0, -1}, {1, 0, 1, 7, 8, -1}, {0, 0, 1, 8, 0, -1}, {1, 0, 1, 6, 8, -1}});
    finish(in, header(DType::uint8, 15 * 14, 1), std::move(body));
    return in;
  }

  /// Returns a plan of three boxes of four encoded chunks, one of which is absent. The first box needs all chunks, the
  /// second needs two. The third needs one, and selects by an index list.
  [[nodiscard]] Inputs many_encoded() const {
    Inputs in;
    in.handles = {chains_[0], file_};
    in.table(Words{0, 64, 128, -1});
    in.table(Words{64, 64, 64, 0});
    in.table(std::vector<std::uint32_t>{0, 3, 4, 6, 7});
    in.table(std::vector<std::uint32_t>{0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1, 0, 3});
    in.table(Words{0, 3});
    in.table(std::vector<std::uint32_t>{0, 1});
    Words body = layer(DType::float32, 2, 0);
    body[wire::kChain] = 0;
    body[wire::kHandle] = 1;
    body[wire::kTable] = 0;
    body[wire::kProjections] = 3;
    body[wire::kProjectionTable] = 6;
    body[wire::kUseStarts] = 2;
    body[wire::kUses] = 3;
    append(body, {{4, 8, 0, 0}, {4, 8, 1, 0}});
    Words table;
    append(table, {{0}, {8, 2, -1, -1}, {1, 2, -1, -1}});
    append(table, {{0, 0, 1, 4, 0, -1}, {1, 0, 1, 4, 4, -1}, {0, 0, 1, 4, 0, -1}, {1, 0, 1, 4, 4, -1}});
    append(table, {{64}, {3, 2, -1, -1}, {1, 1, -1, -1}});
    append(table, {{0, 3, 1, 1, 0, -1}, {1, 1, -1, 2, 1, -1}, {0, 0, 1, 3, 0, -1}});
    append(table, {{73}, {2, 1, -1, -1}, {1, 1, -1, 4}, {0, 1, 1, 2, 0, -1}, {0, 0, 1, 2, 0, 0}});
    in.table(std::move(table));
    finish(in, header(DType::float32, 77, 0), std::move(body));
    return in;
  }

  /// Returns a plan of three overlapping boxes of one plain chunk, which is read in extents.
  [[nodiscard]] Inputs many_partial() const {
    Inputs in;
    in.handles = {file_};
    in.table(std::vector<std::uint32_t>{0, 3});
    in.table(std::vector<std::uint32_t>{2, 0, 0, 0, 1, 0});
    Words body = layer(DType::int16, 2, 0);
    body[wire::kExtentLevel] = 0;
    body[wire::kExtentBlock] = 1;
    body[wire::kOneOffset] = 16;
    body[wire::kOneLength] = 6 * 8 * 2;
    body[wire::kProjections] = 3;
    body[wire::kUseStarts] = 0;
    body[wire::kUses] = 1;
    append(body, {{6, 6, 0, 0}, {8, 8, 1, 0}});
    append(body, {{0}, {4, 1, -1, -1}, {1, 1, -1, -1}, {0, 1, 1, 4, 0, -1}, {0, 1, 2, 4, 0, -1}});
    append(body, {{16}, {8, 1, -1, -1}, {1, 1, -1, -1}, {0, 0, 1, 6, 0, -1}, {0, 0, 1, 8, 0, -1}});
    append(body, {{64}, {1, 1, -1, -1}, {1, 1, -1, -1}, {0, 5, -1, 3, 0, -1}, {0, 7, 1, 1, 0, -1}});
    finish(in, header(DType::float32, 67, 0), std::move(body));
    return in;
  }

  test::TempDir folder_;
  std::shared_ptr<sys::OpenFile> file_;
  std::shared_ptr<sys::Directory> directory_;
  std::vector<std::shared_ptr<const CodecChain>> chains_;
};

/// Performs `plan` like the addon, into memory of exactly the size of the result.
/// \returns true if the read succeeded.
bool perform_in(Plan plan) {
  constexpr std::size_t kGuard = 4096;
  constexpr std::byte kUntouched{0xa5};
  const std::size_t bytes = static_cast<std::size_t>(plan.elements) * dtype_size(plan.out_type);
  // AddressSanitizer checks what the kernels write to `exact`. The guards around `guarded` detect what system calls
  // write.
  const std::unique_ptr<std::byte[]> exact(new std::byte[bytes]);
  std::vector<std::byte> guarded(bytes + 2 * kGuard, kUntouched);
  plan.fresh = false;
  const Plan again = plan;
  bool ok = true;
  for (const bool guard : {false, true}) {
    auto read = std::make_shared<Read>(guard ? again : std::move(plan), guard ? guarded.data() + kGuard : exact.get());
    read->run_on_caller();
    ok = ok && !read->error();
  }
  const auto untouched = [](std::byte value) { return value == kUntouched; };
  EXPECT_TRUE(std::all_of(guarded.begin(), guarded.begin() + kGuard, untouched));
  EXPECT_TRUE(std::all_of(guarded.end() - kGuard, guarded.end(), untouched));
  return ok;
}

/// Maximum number of elements in the result of a mutant. (The addon rejects plans whose result is larger than the
/// caller's memory.)
constexpr std::uint64_t kMostElements = 4096;

/// Changes words, tables, strings and handles at random.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  Inputs mutant(const Inputs& original) {
    Inputs in = original;
    for (std::size_t n = 1 + below(3); n > 0; --n) change(in);
    return in;
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  double number(const Words& other, double old) {
    static const Words kSpecial = {0,
                                   1,
                                   -1,
                                   2,
                                   3,
                                   7,
                                   8,
                                   16,
                                   31,
                                   32,
                                   33,
                                   63,
                                   64,
                                   255,
                                   4096,
                                   65536,
                                   2147483647,
                                   4294967295,
                                   1e6,
                                   4294967296,
                                   0.5,
                                   0x1p53,
                                   0x1p52,
                                   -0x1p53,
                                   0x1p53 + 2,
                                   0x1p63,
                                   0x1p64,
                                   1e300,
                                   -0.0,
                                   std::numeric_limits<double>::quiet_NaN(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity()};
    switch (below(4)) {
      case 0:
        return old + (below(2) == 0 ? 1 : -1);
      case 1:
        return other[below(other.size())];
      default:
        return kSpecial[below(kSpecial.size())];
    }
  }

  void change(Inputs& in) {
    switch (below(16)) {
      case 0:
        if (!in.plan.empty()) in.plan.resize(below(in.plan.size() + 1));
        return;
      case 1:
        if (!in.handles.empty()) std::swap(in.handles[below(in.handles.size())], in.handles[below(in.handles.size())]);
        return;
      case 2:
        if (!in.strings.empty()) in.strings.resize(below(in.strings.size() + 1));
        return;
      case 3:
      case 4:
        return change_table(in);
      default: {
        if (in.plan.empty()) return;
        double& word = in.plan[below(in.plan.size())];
        word = number(in.plan, word);
      }
    }
  }

  void change_table(Inputs& in) {
    if (in.doubles.empty()) return;
    const std::size_t t = below(in.doubles.size());
    auto& doubles = in.doubles[t];
    auto& words = in.words[t];
    if (below(8) == 0) {
      doubles.resize(below(6));
      words.resize(below(6));
    }
    if (!doubles.empty()) {
      double& value = doubles[below(doubles.size())];
      value = number(doubles, value);
    }
    if (!words.empty()) {
      static const std::uint32_t kSpecial[] = {0, 1, 2, 3, 4, 5, 255, 0x7fffffffU, 0x80000000U, 0xffffffffU};
      words[below(words.size())] = kSpecial[below(std::size(kSpecial))];
    }
  }

  std::mt19937 random_;
};

struct Tallies {
  unsigned refused = 0;
  unsigned failed = 0;
  unsigned read = 0;
};

Tallies attack(const Inputs& original, std::uint32_t seed, unsigned count) {
  Mutator mutator(seed);
  Tallies tallies;
  for (unsigned m = 0; m < count; ++m) {
    auto plan = mutator.mutant(original).decode();
    if (!plan.ok()) {
      EXPECT_EQ(plan.error().kind, ErrorKind::invalid) << plan.error().message;
      EXPECT_FALSE(plan.error().message.empty());
      ++tallies.refused;
    } else if (plan->elements <= kMostElements) {
#if defined(POSIXPAR_TSAN)
      // Uses one thread. A hostile plan may write two chunks to the same place, and ThreadSanitizer would report this
      // harmless race.
      plan->threads = 1;
#endif
      ++(perform_in(std::move(plan).value()) ? tallies.read : tallies.failed);
    }
  }
  return tallies;
}

#if defined(POSIXPAR_TSAN)
constexpr unsigned kMutants = 1000;
#else
constexpr unsigned kMutants = 1500;
#endif

/// Returns the number of mutants; POSIXPAR_MUTANTS sets it for longer runs.
unsigned mutants() {
  const char* asked = std::getenv("POSIXPAR_MUTANTS");
  return asked == nullptr ? kMutants : static_cast<unsigned>(std::strtoul(asked, nullptr, 10));
}

void expect_survived(const Inputs& original) {
  auto plan = original.decode();
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  ASSERT_TRUE(perform_in(std::move(plan).value())) << "The plan itself has to be read";
  const Tallies tallies = attack(original, 20261125, mutants());
  // The test is only meaningful if each outcome (refused, read, failed) occurs.
  EXPECT_GT(tallies.refused, mutants() / 10);
  EXPECT_GT(tallies.read, mutants() / 50);
  EXPECT_GT(tallies.failed, 0U);
}

TEST_F(HostilePlans, ReadExtentsOnlyIntoTheResultOrAreRefused) { expect_survived(partial()); }
TEST_F(HostilePlans, ReadSpacedElementsOnlyIntoTheResultOrAreRefused) { expect_survived(spaced()); }
TEST_F(HostilePlans, DecodeChunksOnlyIntoTheResultOrAreRefused) { expect_survived(encoded()); }
TEST_F(HostilePlans, ReadFilesOfATableOnlyIntoTheResultOrAreRefused) { expect_survived(packed()); }
TEST_F(HostilePlans, ReadNamedTilesOnlyIntoTheResultOrAreRefused) { expect_survived(named()); }

TEST_F(HostilePlans, DecodeChunksOnlyIntoManyBoxesOrAreRefused) { expect_survived(many_encoded()); }
TEST_F(HostilePlans, ReadExtentsOnlyIntoManyBoxesOrAreRefused) { expect_survived(many_partial()); }

TEST_F(HostilePlans, UsesMustBeThoseOfTheProjections) {
  using Table = std::vector<std::uint32_t>;
  const auto is_refused = [&](const Table& starts, const Table& uses) {
    Inputs in = many_encoded();
    in.words[2] = starts;
    in.words[3] = uses;
    return !in.decode().ok();
  };
  const Table starts = {0, 3, 4, 6, 7};
  const Table uses = {0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1, 0, 3};
  EXPECT_FALSE(is_refused(starts, uses));
  EXPECT_TRUE(is_refused(starts, {0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1, 0, 2}));     // A use is listed twice.
  EXPECT_TRUE(is_refused(starts, {0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1, 3, 0}));     // There is no such projection.
  EXPECT_TRUE(is_refused(starts, {0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1, 0, 4}));     // There is no such chunk.
  EXPECT_TRUE(is_refused(starts, {0, 0, 1, 1, 2, 0, 0, 1, 0, 2, 1, 0, 0, 3}));     // Two chunks are exchanged.
  EXPECT_TRUE(is_refused({0, 3, 4, 6, 6}, {0, 0, 1, 0, 2, 0, 0, 1, 0, 2, 1, 1}));  // A use is missing.
  EXPECT_TRUE(is_refused({0, 3, 3, 6, 7}, uses));                                  // A chunk without uses.
  EXPECT_TRUE(is_refused({0, 3, 4, 6, 8}, uses));
  EXPECT_TRUE(is_refused({1, 3, 4, 6, 7}, uses));
}

TEST_F(HostilePlans, ATableMustHoldAsManyPathsAsAnnounced) {
  const std::vector<std::string> paths = encoded().strings;
  const auto is_refused = [&](const std::vector<std::string>& stored) {
    Inputs in = packed();
    in.words.back() = pack(stored);
    return !in.decode().ok();
  };
  const auto plan = packed().decode();
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->layers[0].where.paths, paths);
  EXPECT_FALSE(is_refused(paths));
  EXPECT_TRUE(is_refused({paths[0], paths[1]}));
  EXPECT_TRUE(is_refused({paths[0], paths[1], paths[2], paths[0]}));
  EXPECT_TRUE(is_refused({paths[0], "", paths[2]}));
  EXPECT_TRUE(is_refused({}));
  Inputs unterminated = packed();
  unterminated.words.back() = {0x00410041, 0x41414141};  // "A", "A" and "AAAA" without a NUL
  EXPECT_FALSE(unterminated.decode().ok());
}

TEST_F(HostilePlans, TruncatedPlansAreRefused) {
  for (const Inputs& original : {partial(), encoded(), packed(), named(), many_encoded(), many_partial()}) {
    for (std::size_t length = 0; length < original.plan.size(); ++length) {
      Inputs in = original;
      in.plan.resize(length);
      EXPECT_FALSE(in.decode().ok()) << length;
    }
  }
}

}  // namespace
}  // namespace posixpar
