// Makes indexes of deflate streams, and decodes each piece separately (native/exec/deflate_scan.h). Decodes pieces in a
// first pass that several threads share (native/exec/deflate_first_pass.h).
#include "native/exec/deflate_scan.h"

#include <fcntl.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "native/codecs/checksum32.h"
#include "native/exec/deflate_first_pass.h"
#include "native/sys/unique_fd.h"
#include "test/native/codecs_support.h"
#include "test/native/sys_support.h"

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
#include <libdeflate.h>
#endif

namespace posixpar {
namespace {

using codec_test::append_bytes;
using codec_test::Buffer;
using codec_test::compressible_bytes;
using codec_test::mutate;
using codec_test::random_bytes;
using codecs::DeflateFraming;

#if defined(POSIXPAR_HAVE_LIBDEFLATE)

Buffer compress(const Buffer& data, DeflateFraming framing, int level) {
  libdeflate_compressor* c = libdeflate_alloc_compressor(level);
  Buffer out(data.size() + data.size() / 8 + 1000);
  const auto encode = framing == DeflateFraming::gzip ? libdeflate_gzip_compress : libdeflate_deflate_compress;
  out.resize(encode(c, data.data(), data.size(), out.data(), out.size()));
  libdeflate_free_compressor(c);
  return out;
}

/// A file that is deleted at the end of the test.
class StreamFile {
 public:
  explicit StreamFile(const Buffer& bytes) : path_(dir_.path() + "/stream") { write(bytes); }
  void write(const Buffer& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  }
  [[nodiscard]] Result<std::shared_ptr<const DeflateIndex>> scan(const DeflateScanSpec& spec) const {
    return scan_deflate(fd_.get(), path_, spec, pool::CancelToken());
  }
  [[nodiscard]] std::shared_ptr<sys::OpenFile> open() const {
    UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    const auto id = sys::stat_fd(fd.get(), path_);
    return std::make_shared<sys::OpenFile>(std::move(fd), *id, path_);
  }

 private:
  test::TempDir dir_;
  std::string path_;
  UniqueFd fd_;
};

/// A stream with bytes before and after it, and its decoded bytes.
struct Sample {
  Buffer data;
  Buffer file;
  DeflateScanSpec spec;
};

Sample make_sample(std::mt19937& rng) {
  Sample s;
  s.spec.framing = rng() % 2 == 0 ? DeflateFraming::raw : DeflateFraming::gzip;
  const std::size_t size = rng() % (rng() % 4 == 0 ? 600000 : 5000) + 1;
  Buffer stream;
  // Only gzip has several members.
  for (std::size_t members = s.spec.framing == DeflateFraming::gzip ? rng() % 3 + 1 : 1; members > 0; members--) {
    const auto seed = static_cast<unsigned>(rng());
    Buffer part = rng() % 5 == 0 ? random_bytes(size, seed) : compressible_bytes(size, seed);
    if (rng() % 5 == 0) std::fill(part.begin(), part.end(), std::byte{7});
    append_bytes(stream, compress(part, s.spec.framing, static_cast<int>(rng() % 13)));
    append_bytes(s.data, part);
  }
  s.file = random_bytes(rng() % 50, 1);
  s.spec.offset = s.file.size();
  append_bytes(s.file, stream);
  s.spec.length = stream.size();
  append_bytes(s.file, random_bytes(rng() % 50, 2));
  s.spec.skip = rng() % s.data.size();
  s.spec.runs = rng() % 3 + 1;
  s.spec.run_bytes = std::max<std::uint64_t>(1, (s.data.size() - s.spec.skip) / s.spec.runs);
  s.spec.runs = std::min<std::uint64_t>(s.spec.runs, s.data.size() - s.spec.skip);
  s.spec.piece_bytes = std::max<std::uint64_t>(rng() % s.spec.run_bytes + 1, s.spec.run_bytes / 200 + 1);
  if (rng() % 2 == 0) {
    s.spec.decoded_bytes = s.data.size();
    if (s.spec.framing == DeflateFraming::raw) s.spec.crc32 = codecs::crc32(s.data);
  }
  return s;
}

/// Bytes of the file that the pieces from `first` to `last` need.
Buffer stored_bytes(const DeflateIndex& index, std::size_t first, std::size_t last, const Buffer& file) {
  const DeflateIndex::Piece& end = index.pieces()[last];
  const auto begin = file.begin();
  return {begin + static_cast<std::ptrdiff_t>(index.pieces()[first].offset),
          begin + static_cast<std::ptrdiff_t>(end.offset + end.stored_bytes)};
}

/// Decodes the pieces in groups of up to `most` neighbours, each group from its own bytes, and compares them with the
/// data.
void expect_pieces(const DeflateIndex& index, const Sample& s, std::mt19937& rng, std::size_t most = 1) {
  std::size_t at = s.spec.skip;
  const std::size_t count = index.pieces().size();
  for (std::size_t first = 0; first < count;) {
    const std::size_t last = std::min(count - 1, first + rng() % most);
    std::size_t size = 0;
    for (std::size_t i = first; i <= last; i++) size += index.pieces()[i].decoded_bytes;
    Buffer out(size);
    const std::size_t end = rng() % 2 == 0 ? out.size() : rng() % out.size() + 1;
    const Status status = index.decode(first, stored_bytes(index, first, last, s.file), out, end);
    ASSERT_TRUE(status.ok()) << status.error().message;
    ASSERT_EQ(std::memcmp(out.data(), s.data.data() + at, end), 0) << "pieces " << first << " to " << last;
    at += out.size();
    first = last + 1;
  }
  ASSERT_EQ(at, s.spec.skip + s.spec.runs * s.spec.run_bytes);
}

struct Saved {
  Buffer table;
  Buffer windows;
};

/// Divides a saved index into the bytes before its windows, and the windows.
Saved split(const Buffer& bytes, std::size_t pieces) {
  const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(16 + 208 * pieces + 4);
  return {.table = Buffer(bytes.begin(), middle), .windows = Buffer(middle, bytes.end())};
}

TEST(DeflateScan, PiecesDecodeOnTheirOwn) {
  std::mt19937 rng(1);
  for (int round = 0; round < 300; round++) {
    const Sample s = make_sample(rng);
    const auto index = StreamFile(s.file).scan(s.spec);
    ASSERT_TRUE(index.ok()) << index.error().message;
    expect_pieces(**index, s, rng);
    const Saved saved = split((*(*index)->serialize()), (*index)->pieces().size());
    const auto again = DeflateIndex::parse(saved.table, s.spec.offset + s.spec.length);
    ASSERT_TRUE(again.ok()) << again.error().message;
    const Status added = again->add_windows(0, saved.windows);
    ASSERT_TRUE(added.ok()) << added.error().message;
    expect_pieces(*again, s, rng);
    ASSERT_TRUE(*again->serialize() == *(*index)->serialize());
  }
}

TEST(DeflateScan, WindowsAreAddedOnceTheyAreNeeded) {
  std::mt19937 rng(7);
  std::size_t checked = 0;
  for (int round = 0; round < 100; round++) {
    const Sample s = make_sample(rng);
    const auto index = StreamFile(s.file).scan(s.spec);
    ASSERT_TRUE(index.ok()) << index.error().message;
    const auto& pieces = (*index)->pieces();
    const Saved saved = split(*(*index)->serialize(), pieces.size());
    const auto again = DeflateIndex::parse(saved.table, s.spec.offset + s.spec.length);
    ASSERT_TRUE(again.ok()) << again.error().message;
    const std::size_t piece = rng() % pieces.size();
    if (pieces[piece].window_bytes == 0) continue;
    checked++;
    std::size_t start = 0;
    for (std::size_t i = 0; i < piece; i++) start += pieces[i].window_bytes;
    Buffer window(saved.windows.begin() + static_cast<std::ptrdiff_t>(start),
                  saved.windows.begin() + static_cast<std::ptrdiff_t>(start + pieces[piece].window_bytes));
    const Buffer stored = stored_bytes(*again, piece, piece, s.file);
    Buffer out(pieces[piece].decoded_bytes);
    Buffer expected(out.size());
    ASSERT_TRUE((*index)->decode(piece, stored, expected, out.size()).ok());

    EXPECT_FALSE(again->serialize().ok());
    EXPECT_FALSE(again->decode(piece, stored, out, out.size()).ok());
    Buffer damaged = window;
    damaged[rng() % damaged.size()] ^= std::byte{4};
    EXPECT_FALSE(again->add_windows(piece, damaged).ok());
    EXPECT_FALSE(again->add_windows(piece, Bytes(window).first(window.size() - 1)).ok());
    EXPECT_FALSE(again->decode(piece, stored, out, out.size()).ok());
    EXPECT_FALSE(again->add_windows(pieces.size(), window).ok());
    ASSERT_TRUE(again->add_windows(piece, window).ok());
    ASSERT_TRUE(again->add_windows(piece, window).ok());  // Added twice, for example by two reads.
    ASSERT_TRUE(again->decode(piece, stored, out, out.size()).ok());
    ASSERT_TRUE(out == expected);
  }
  EXPECT_GT(checked, 30U);
}

TEST(DeflateScan, NeighbouringPiecesDecodeTogether) {
  std::mt19937 rng(2);
  for (int round = 0; round < 300; round++) {
    const Sample s = make_sample(rng);
    const auto index = StreamFile(s.file).scan(s.spec);
    ASSERT_TRUE(index.ok()) << index.error().message;
    expect_pieces(**index, s, rng, 1 + rng() % 20);
  }
}

TEST(DeflateScan, AGroupOfPiecesHasTheSizeOfItsPiecesAndTheirChecksums) {
  Sample s;
  s.data = compressible_bytes(90000, 6);
  s.file = compress(s.data, DeflateFraming::raw, 0);  // Level 0 stores the bytes.
  s.spec = {
      .framing = DeflateFraming::raw, .length = s.file.size(), .runs = 1, .run_bytes = 90000, .piece_bytes = 1000};
  const auto index = StreamFile(s.file).scan(s.spec);
  ASSERT_TRUE(index.ok()) << index.error().message;
  Buffer stored = stored_bytes(**index, 10, 14, s.file);
  Buffer out(5000);
  EXPECT_TRUE((*index)->decode(10, stored, out, 5000).ok());
  for (const std::size_t size : {std::size_t{0}, std::size_t{999}, std::size_t{4999}}) {
    EXPECT_FALSE((*index)->decode(10, stored, MutableBytes(out).first(size), size).ok()) << size;
  }
  EXPECT_FALSE((*index)->decode(88, stored, out, 5000).ok());  // Only two pieces are left.
  EXPECT_FALSE((*index)->decode(90, stored, out, 5000).ok());
  stored[stored.size() - 500] ^= std::byte{1};
  EXPECT_TRUE((*index)->decode(10, stored, out, 4500).ok());  // The damage is in the fifth piece.
  EXPECT_FALSE((*index)->decode(10, stored, out, 5000).ok());
  stored[500] ^= std::byte{1};
  EXPECT_FALSE((*index)->decode(10, stored, out, 4500).ok());
}

TEST(DeflateScan, DetectsEveryChangeOfChecksumsAndSizes) {
  const Buffer data = compressible_bytes(100000, 5);
  DeflateScanSpec spec{.framing = DeflateFraming::gzip, .runs = 1, .run_bytes = 100000, .piece_bytes = 9000};
  Buffer file = compress(data, DeflateFraming::gzip, 6);
  spec.length = file.size();
  StreamFile stream(file);
  ASSERT_TRUE(stream.scan(spec).ok());
  for (std::size_t back = 1; back <= 8; back++) {
    Buffer changed = file;
    changed[changed.size() - back] ^= std::byte{1};
    stream.write(changed);
    const auto scanned = stream.scan(spec);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().kind, ErrorKind::codec);
    EXPECT_NE(scanned.error().path, "");
  }
  stream.write(file);
  spec.run_bytes = 100001;
  const auto longer = stream.scan(spec);
  ASSERT_FALSE(longer.ok());
  EXPECT_NE(longer.error().message.find("ends after 100000 bytes"), std::string::npos) << longer.error().message;

  const Buffer raw = compress(data, DeflateFraming::raw, 6);
  stream.write(raw);
  DeflateScanSpec zip{.length = raw.size(),
                      .runs = 1,
                      .run_bytes = 100000,
                      .piece_bytes = 9000,
                      .decoded_bytes = 100000,
                      .crc32 = codecs::crc32(data)};
  ASSERT_TRUE(stream.scan(zip).ok());
  zip.crc32 = *zip.crc32 ^ 1U;
  EXPECT_FALSE(stream.scan(zip).ok());
  zip.crc32 = codecs::crc32(data);
  zip.decoded_bytes = 100001;
  EXPECT_FALSE(stream.scan(zip).ok());
  zip.run_bytes = 99000;
  zip.decoded_bytes = 99999;
  EXPECT_FALSE(stream.scan(zip).ok()) << "the stream has more bytes than its directory says";
}

TEST(DeflateScan, AcceptsBytesAfterTheLastMember) {
  const Buffer data = compressible_bytes(50000, 6);
  for (const std::string& tail : {std::string(600, '\0'), std::string("garbage after the last member")}) {
    Buffer file = compress(data, DeflateFraming::gzip, 6);
    append_bytes(file, codec_test::bytes_of(tail));
    const DeflateScanSpec spec{
        .framing = DeflateFraming::gzip, .length = file.size(), .runs = 1, .run_bytes = 50000, .piece_bytes = 7000};
    EXPECT_TRUE(StreamFile(file).scan(spec).ok());
  }
}

TEST(DeflateScan, StopsIfItIsCancelledOrTheNumbersAreOutOfRange) {
  const Buffer file = compress(compressible_bytes(5000, 7), DeflateFraming::raw, 6);
  StreamFile stream(file);
  const DeflateScanSpec good{.length = file.size(), .runs = 1, .run_bytes = 5000, .piece_bytes = 100};
  ASSERT_TRUE(stream.scan(good).ok());
  for (const auto& change : std::vector<std::function<void(DeflateScanSpec&)>>{
           [](DeflateScanSpec& s) { s.piece_bytes = 0; }, [](DeflateScanSpec& s) { s.run_bytes = 0; },
           [](DeflateScanSpec& s) { s.runs = UINT64_MAX; }, [](DeflateScanSpec& s) { s.run_bytes = UINT64_MAX; },
           [](DeflateScanSpec& s) { s.skip = UINT64_MAX; }, [](DeflateScanSpec& s) { s.length = UINT64_MAX; },
           [](DeflateScanSpec& s) { s.piece_bytes = UINT64_MAX; }}) {
    DeflateScanSpec bad = good;
    change(bad);
    const auto scanned = stream.scan(bad);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().kind, ErrorKind::invalid);
  }
  pool::CancelToken cancel;
  cancel.cancel();
  test::TempDir dir;
  const auto cancelled = scan_deflate(0, dir.path(), good, cancel);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().kind, ErrorKind::cancelled);
}

TEST(DeflateScan, DamagedStreamsAndIndexesFailCleanly) {
  std::mt19937 rng(11);
  std::size_t failed = 0;
  for (int round = 0; round < 1000; round++) {
    Sample s = make_sample(rng);
    if (s.data.size() > 5000) continue;
    const auto good = StreamFile(s.file).scan(s.spec);
    ASSERT_TRUE(good.ok());
    // Decodes pieces of a damaged stream with an intact index.
    for (std::size_t i = 0; i < (*good)->pieces().size(); i += 7) {
      const DeflateIndex::Piece& piece = (*good)->pieces()[i];
      const auto begin = s.file.begin() + static_cast<std::ptrdiff_t>(piece.offset);
      const Buffer stored = mutate(Buffer(begin, begin + static_cast<std::ptrdiff_t>(piece.stored_bytes)), rng);
      Buffer out(piece.decoded_bytes);
      const Status status = (*good)->decode(i, stored, out, out.size());
      if (!status.ok()) failed++;
    }
    // Decodes pieces of the intact stream with a damaged index whose checksum is correct.
    Saved saved = split(*(*good)->serialize(), (*good)->pieces().size());
    saved.table.resize(saved.table.size() - 4);
    saved.table = mutate(saved.table, rng);
    codec_test::append(saved.table, codecs::crc32(saved.table));
    const auto parsed = DeflateIndex::parse(saved.table, s.file.size());
    if (!parsed.ok()) {
      failed++;
    } else {
      (void)parsed->add_windows(0, saved.windows);
      for (std::size_t i = 0; i < parsed->pieces().size() && i < 20; i++) {
        const DeflateIndex::Piece& piece = parsed->pieces()[i];
        if (piece.decoded_bytes > 1000000) continue;
        const auto begin = s.file.begin() + static_cast<std::ptrdiff_t>(piece.offset);
        const Buffer stored(begin, begin + static_cast<std::ptrdiff_t>(piece.stored_bytes));
        Buffer out(piece.decoded_bytes);
        const Status status = parsed->decode(i, stored, out, out.size());
        if (!status.ok()) failed++;
      }
    }
    // Scans a damaged stream.
    s.file = mutate(s.file, rng);
    const auto scanned = StreamFile(s.file).scan(s.spec);
    if (!scanned.ok()) {
      failed++;
      ASSERT_EQ(scanned.error().kind, ErrorKind::codec) << scanned.error().message;
      ASSERT_FALSE(scanned.error().message.empty());
    }
  }
  EXPECT_GT(failed, 400U);
}

/// Neighbouring pieces that are decoded by one call, and the position of their bytes in the array.
struct Group {
  std::size_t first = 0;
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// Divides the pieces into groups of up to `most` neighbours.
std::vector<Group> random_groups(const DeflateIndex& index, std::mt19937& rng, std::size_t most) {
  std::vector<Group> groups;
  std::size_t at = 0;
  for (std::size_t first = 0; first < index.pieces().size();) {
    const std::size_t end = std::min(index.pieces().size(), first + 1 + rng() % most);
    Group group{first, at, 0};
    for (; first < end; first++) group.size += index.pieces()[first].decoded_bytes;
    at += group.size;
    groups.push_back(group);
  }
  return groups;
}

TEST(DeflateFirstPass, ThreadsDecodeAllPiecesAndRecordTheSameRestartPoints) {
  std::mt19937 rng(3);
  for (int round = 0; round < 200; round++) {
    const Sample s = make_sample(rng);
    const StreamFile file(s.file);
    const auto scanned = file.scan(s.spec);
    ASSERT_TRUE(scanned.ok()) << scanned.error().message;
    auto groups = random_groups(**scanned, rng, 1 + rng() % 5);
    // Threads take groups in the order of the stream, except in some rounds.
    if (rng() % 16 == 0) std::swap(groups.front(), groups.back());
    const DeflateFirstPass pass(file.open(), s.spec);
    EXPECT_EQ(pass.index(), nullptr);
    Buffer out(s.spec.runs * s.spec.run_bytes);
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> failed{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < groups.size(); i = next++) {
        const MutableBytes to = MutableBytes(out).subspan(groups[i].begin, groups[i].size);
        if (!pass.decode(groups[i].first, {}, to, to.size()).ok()) failed++;
      }
    };
    {
      std::vector<std::jthread> threads;
      for (unsigned t = 0; t < 1 + rng() % 3; t++) threads.emplace_back(work);
    }
    ASSERT_EQ(failed, 0U);
    ASSERT_EQ(std::memcmp(out.data(), s.data.data() + s.spec.skip, out.size()), 0);
    ASSERT_NE(pass.index(), nullptr);
    ASSERT_TRUE(pass.index()->serialize().value() == (*scanned)->serialize().value()) << "round " << round;
  }
}

TEST(DeflateFirstPass, DecodesPiecesAgainThatWereDecodedBefore) {
  std::mt19937 rng(4);
  Sample s;
  s.data = compressible_bytes(90000, 6);
  s.file = compress(s.data, DeflateFraming::gzip, 6);
  s.spec = {
      .framing = DeflateFraming::gzip, .length = s.file.size(), .runs = 1, .run_bytes = 90000, .piece_bytes = 1000};
  const StreamFile file(s.file);
  const DeflateFirstPass pass(file.open(), s.spec);
  Buffer out(3000);
  for (const std::size_t first : {std::size_t{40}, std::size_t{3}, std::size_t{39}, std::size_t{87}, std::size_t{0}}) {
    std::fill(out.begin(), out.end(), std::byte{0});
    const Status status = pass.decode(first, {}, out, out.size());
    ASSERT_TRUE(status.ok()) << status.error().message;
    ASSERT_EQ(std::memcmp(out.data(), s.data.data() + first * 1000, out.size()), 0) << first;
  }
  EXPECT_NE(pass.index(), nullptr);
  EXPECT_FALSE(pass.decode(88, {}, out, out.size()).ok());  // Only two pieces are left.
  EXPECT_FALSE(pass.decode(90, {}, out, out.size()).ok());
  EXPECT_FALSE(pass.decode(0, {}, MutableBytes(out).first(2999), 2999).ok());
}

TEST(DeflateFirstPass, ReportsTheErrorOfTheScanForDamagedStreams) {
  std::mt19937 rng(12);
  std::size_t failed = 0;
  for (int round = 0; round < 400; round++) {
    Sample s = make_sample(rng);
    if (s.data.size() > 5000) continue;
    const auto groups = random_groups(**StreamFile(s.file).scan(s.spec), rng, 1 + rng() % 5);
    s.file = mutate(s.file, rng);
    const StreamFile file(s.file);
    const auto scanned = file.scan(s.spec);
    const DeflateFirstPass pass(file.open(), s.spec);
    Status status;
    for (const Group& group : groups) {
      Buffer out(group.size);
      status = pass.decode(group.first, {}, out, out.size());
      if (!status.ok()) break;
    }
    ASSERT_EQ(status.ok(), scanned.ok());
    ASSERT_EQ(pass.index() == nullptr, !scanned.ok());
    if (scanned.ok()) continue;
    failed++;
    ASSERT_EQ(status.error().message, scanned.error().message);
    ASSERT_EQ(status.error().offset, scanned.error().offset);
    ASSERT_EQ(status.error().kind, scanned.error().kind);
    Buffer out(groups.front().size);
    ASSERT_FALSE(pass.decode(0, {}, out, out.size()).ok());  // The error stays.
  }
  EXPECT_GT(failed, 100U);
}

#else

TEST(DeflateScan, PiecesDecodeOnTheirOwn) {
  GTEST_SKIP() << "SKIP: built without libdeflate, whose encoder makes the streams";
}

#endif

}  // namespace
}  // namespace posixpar
