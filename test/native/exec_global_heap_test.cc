// Joins values of global heaps, also from damaged files (native/exec/global_heap.h).
#include "native/exec/global_heap.h"

#include <fcntl.h>

#include <fstream>
#include <functional>
#include <numeric>

#include "native/sys/unique_fd.h"
#include "test/native/codecs_support.h"
#include "test/native/sys_support.h"

namespace posixpar {
namespace {

using codec_test::Buffer;
using codec_test::mutate;
using codec_test::random_bytes;

/// Appends an unsigned integer of `size` bytes.
void put(Buffer& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; i++) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void pad(Buffer& out) { out.resize((out.size() + 7) / 8 * 8); }

/// A file with heap collections, and references to its objects.
struct Sample {
  HeapSpec spec;
  Buffer file;
  Buffer references;
  std::vector<Buffer> values;

  void refer(std::uint64_t items, std::uint64_t address, std::uint64_t index) {
    put(references, items, 4);
    put(references, address, spec.address_bytes);
    put(references, index, 4);
  }
};

/// Returns a value that may be empty, contain NULs or be larger than a usual collection.
Buffer make_value(std::mt19937& rng, const HeapSpec& spec) {
  const std::size_t items = rng() % 50 == 0 ? rng() % 9000 : rng() % 30;
  Buffer value = random_bytes(items * spec.item_bytes, static_cast<unsigned>(rng()));
  if (spec.is_text && rng() % 2 == 0) {
    for (std::byte& byte : value) byte |= std::byte{1};
  }
  return value;
}

Sample make_sample(std::mt19937& rng) {
  Sample s;
  s.spec.base = rng() % 2 == 0 ? 0 : 512;
  s.spec.address_bytes = 1U << (2 + rng() % 2);
  s.spec.length_bytes = 1U << (2 + rng() % 2);
  s.spec.item_bytes = rng() % 2 == 0 ? 1 : 4;
  s.spec.is_text = s.spec.item_bytes == 1 && rng() % 2 == 0;
  s.file = random_bytes(s.spec.base + 64, static_cast<unsigned>(rng()));
  struct Place {
    std::uint64_t address, index;
    Buffer value;
  };
  std::vector<Place> places;
  for (std::size_t collections = rng() % 12 + 1; collections > 0; collections--) {
    s.file.resize(s.file.size() + 8 * (rng() % 4 == 0 ? rng() % 4000 : rng() % 2));
    const std::uint64_t address = s.file.size() - s.spec.base;
    Buffer objects;
    for (std::size_t count = rng() % 40, index = 1; count > 0; count--, index += 1 + rng() % 2) {
      const Buffer value = make_value(rng, s.spec);
      put(objects, index, 2);
      put(objects, 1, 2);
      put(objects, 0, 4);
      put(objects, value.size(), s.spec.length_bytes);
      pad(objects);
      objects.insert(objects.end(), value.begin(), value.end());
      pad(objects);
      places.push_back({.address = address, .index = index, .value = value});
    }
    const std::size_t free = rng() % 2 == 0 ? 0 : 8 * (rng() % 100);
    for (const char c : {'G', 'C', 'O', 'L'}) s.file.push_back(static_cast<std::byte>(c));
    put(s.file, 1, 4);
    put(s.file, 16 + objects.size() + free, s.spec.length_bytes);
    s.file.resize((s.file.size() - s.spec.base + 7) / 8 * 8 + s.spec.base);
    s.file.insert(s.file.end(), objects.begin(), objects.end());
    s.file.resize(s.file.size() + free);
  }
  s.spec.file_size = s.file.size();
  if (rng() % 2 == 0) std::shuffle(places.begin(), places.end(), rng);
  for (const Place& place : places) {
    for (std::size_t repeat = rng() % 8 == 0 ? 3 : 1; repeat > 0; repeat--) {
      s.refer(place.value.size() / s.spec.item_bytes, place.address, place.index);
      s.values.push_back(place.value);
      if (s.spec.is_text) {
        Buffer& text = s.values.back();
        text.erase(std::find(text.begin(), text.end(), std::byte{0}), text.end());
      }
    }
    if (rng() % 9 != 0) continue;
    // An empty element: without items, or with an address that refers to nothing.
    if (rng() % 2 == 0) {
      s.refer(0, place.address, place.index);
    } else {
      s.refer(3, rng() % 2 == 0 ? 0 : UINT64_MAX, 1);
      if (s.spec.address_bytes == 4) s.references.resize(s.references.size() - s.spec.reference_bytes());
      if (s.spec.address_bytes == 4) s.refer(3, 0, 1);
    }
    s.values.emplace_back();
  }
  return s;
}

Result<HeapValues> join(const Sample& s, std::uint64_t most = UINT64_MAX, const pool::CancelToken& cancel = {}) {
  const test::TempDir dir;
  const std::string path = dir.path() + "/heap";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(s.file.data()), static_cast<std::streamsize>(s.file.size()));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return join_heap_values(fd.get(), path, s.spec, s.references, most, cancel);
}

std::uint64_t referred_bytes(const Sample& s) {
  return std::accumulate(s.values.begin(), s.values.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Buffer& value) { return sum + value.size(); });
}

TEST(GlobalHeap, joins_values) {
  for (unsigned seed = 0; seed < 300; seed++) {
    std::mt19937 rng(seed);
    const Sample s = make_sample(rng);
    const auto found = join(s);
    ASSERT_TRUE(found.ok()) << seed << ": " << found.error().message;
    const HeapValues& values = found.value();
    ASSERT_EQ(values.ends.size(), s.values.size());
    std::uint64_t start = 0;
    for (std::size_t i = 0; i < s.values.size(); i++) {
      const Buffer value(values.bytes.begin() + static_cast<std::ptrdiff_t>(start),
                         values.bytes.begin() + static_cast<std::ptrdiff_t>(values.ends[i]));
      ASSERT_EQ(value, s.values[i]) << seed << ", element " << i;
      start = values.ends[i];
    }
    ASSERT_EQ(values.bytes.size(), start);
  }
}

/// Expects that `damage` makes a readable sample damaged.
void expect_damage(const std::function<void(Sample&)>& damage) {
  Sample s;
  s.file.resize(64);
  for (const char c : {'G', 'C', 'O', 'L'}) s.file.push_back(static_cast<std::byte>(c));
  put(s.file, 1, 4);
  put(s.file, 48, 8);
  put(s.file, 1, 8);
  put(s.file, 5, 8);
  put(s.file, 0x6f6c6c6568, 8);
  put(s.file, 0, 8);
  s.spec.file_size = s.file.size();
  s.refer(5, 64, 1);
  ASSERT_TRUE(join(s).ok());
  damage(s);
  const auto found = join(s);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::codec);
}

TEST(GlobalHeap, finds_damage) {
  const auto set = [](std::size_t at, int value) {
    return [=](Sample& s) { s.file[at] = static_cast<std::byte>(value); };
  };
  expect_damage(set(64, 'X'));  // Signature.
  expect_damage(set(68, 2));    // Version.
  expect_damage(set(72, 8));    // A collection that is smaller than its header.
  expect_damage(set(72, 200));  // A collection that is larger than the file.
  expect_damage(set(79, 1));    // A collection of 2^56 bytes.
  expect_damage(set(80, 2));    // Another index.
  expect_damage(set(88, 4));    // An object that is too small.
  expect_damage(set(88, 200));  // An object that is larger than its collection.
  const auto refer = [](std::uint64_t items, std::uint64_t address, std::uint64_t index) {
    return [=](Sample& s) { s.refer(items, address, index); };
  };
  expect_damage(refer(6, 64, 1));
  expect_damage(refer(5, 63, 1));
  expect_damage(refer(5, 1000, 1));
  expect_damage(refer(5, std::uint64_t{1} << 52, 1));
  expect_damage(refer(5, 64, 65537));
  expect_damage(refer(5, 64, 2));
  expect_damage([](Sample& s) { s.spec.base = 8; });
  expect_damage([](Sample& s) { s.spec.base = UINT64_MAX - 16; });
  expect_damage([](Sample& s) { s.file.resize(s.file.size() - 8); });
}

TEST(GlobalHeap, refuses_overlapping_collections) {
  Sample s;
  // Each header begins inside the collection before it, and each collection ends at the end of the file.
  for (std::size_t i = 0; i < 64; i++) {
    for (const char c : {'G', 'C', 'O', 'L'}) s.file.push_back(static_cast<std::byte>(c));
    put(s.file, 1, 4);
    put(s.file, (64 - i) * 32, 8);
    put(s.file, 1, 8);
    put(s.file, 8, 8);
    s.refer(1, i * 32, 1);
  }
  s.spec.file_size = s.file.size();
  const auto found = join(s);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::codec);
}

TEST(GlobalHeap, limits_the_size_of_the_values) {
  std::mt19937 rng(3);
  Sample s = make_sample(rng);
  s.spec.is_text = false;
  const auto whole = join(s);
  ASSERT_TRUE(whole.ok());
  const std::uint64_t size = whole.value().bytes.size();
  ASSERT_GE(size, referred_bytes(s));
  EXPECT_TRUE(join(s, size).ok());
  EXPECT_FALSE(join(s, size - 1).ok());
}

TEST(GlobalHeap, ends_when_cancelled) {
  std::mt19937 rng(5);
  const Sample s = make_sample(rng);
  const pool::CancelToken cancel;
  cancel.cancel();
  const auto found = join(s, UINT64_MAX, cancel);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::cancelled);
}

TEST(GlobalHeap, refuses_unusual_sizes) {
  std::mt19937 rng(6);
  for (const unsigned bytes : {0U, 1U, 3U, 16U}) {
    Sample s = make_sample(rng);
    s.spec.length_bytes = bytes;
    EXPECT_FALSE(join(s).ok());
    s.spec.length_bytes = 8;
    s.spec.address_bytes = bytes;
    EXPECT_FALSE(join(s).ok());
  }
}

TEST(GlobalHeap, survives_mutations) {
  std::size_t damaged = 0;
  for (unsigned seed = 0; seed < 500; seed++) {
    std::mt19937 rng(seed);
    Sample s = make_sample(rng);
    if (seed % 2 == 0) s.file = mutate(s.file, rng);
    if (seed % 2 == 1) s.references = mutate(s.references, rng);
    s.references.resize(s.references.size() / s.spec.reference_bytes() * s.spec.reference_bytes());
    const auto found = join(s, s.file.size() + 1000000);
    if (!found.ok()) {
      damaged++;
    } else {
      EXPECT_EQ(found.value().ends.size(), s.references.size() / s.spec.reference_bytes());
    }
  }
  EXPECT_GT(damaged, 50U);
}

}  // namespace
}  // namespace posixpar
