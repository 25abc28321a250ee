// Decodes chunks that were encoded by the reference libraries (test/codecs/generate.py). The chunks are in the
// directory $POSIXPAR_CODEC_CORPUS.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "test/native/codecs_support.h"

namespace posixpar::codec_test {
namespace {

struct Case {
  std::string name;
  std::vector<CodecSpec> specs;
  std::uint32_t mask = 0;
  Buffer stored;
  Buffer decoded;
};

bool read_case(std::istream& in, Case& out) {
  std::size_t stored = 0;
  std::size_t decoded = 0;
  std::string line;
  while (std::getline(in, line) && !line.empty()) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "case") {
      out.name = line.substr(5);
    } else if (key == "codec") {
      CodecSpec spec;
      int id = 0;
      words >> id;
      spec.id = static_cast<CodecId>(id);
      for (std::string v; words >> v;) spec.params.push_back(std::stod(v));
      out.specs.push_back(std::move(spec));
    } else if (key == "mask") {
      words >> out.mask;
    } else if (key == "stored") {
      words >> stored;
    } else if (key == "decoded") {
      words >> decoded;
    }
  }
  if (!in) return false;
  out.stored.resize(stored);
  out.decoded.resize(decoded);
  in.read(reinterpret_cast<char*>(out.stored.data()), static_cast<std::streamsize>(stored));
  in.read(reinterpret_cast<char*>(out.decoded.data()), static_cast<std::streamsize>(decoded));
  return static_cast<bool>(in);
}

/// Runs `check` on each case; fails if a file contains no case.
template <typename Check>
void for_each_case(Check check) {
  const char* folder = std::getenv("POSIXPAR_CODEC_CORPUS");
  if (folder == nullptr)
    GTEST_SKIP() << "SKIP: POSIXPAR_CODEC_CORPUS names no folder that test/codecs/generate.py wrote";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".bin") continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    std::size_t cases = 0;
    for (Case c; read_case(in, c); c = {}, ++cases) check(c);
    EXPECT_GT(cases, 0U) << entry.path();
    std::cout << entry.path().filename().string() << ": " << cases << " cases\n";
  }
  EXPECT_GT(files, 0U) << folder;
}

TEST(CodecsCorpus, DecodesChunksOfReferenceLibraries) {
  for_each_case([](const Case& c) {
    auto chain = CodecChain::build(c.specs, c.decoded.size());
    if (!chain.ok() && chain.error().kind == ErrorKind::unsupported) {
      std::cout << "SKIP: " << c.name << ": " << chain.error().message << "\n";
      return;
    }
    ASSERT_TRUE(chain.ok()) << c.name << ": " << chain.error().message;
    expect_decodes(*chain, c.stored, c.decoded, c.name, c.mask);
  });
}

TEST(CodecsCorpus, ReportsAnErrorForAChunkOfAnotherSize) {
  for_each_case([](const Case& c) {
    auto chain = CodecChain::build(c.specs, c.decoded.size());
    if (!chain.ok() || c.decoded.empty()) return;
    // Tests only a buffer that is too large: a format without a stored size (nbit) may decode a part of its bits into a
    // smaller buffer without an error.
    Buffer longer(c.decoded.size() + 64);
    EXPECT_FALSE(decode_into(*chain, c.stored, longer, {0, longer.size()}, c.mask).ok()) << c.name;
  });
}

TEST(CodecsCorpus, DamagedChunksFailCleanly) {
  const char* mutants = std::getenv("POSIXPAR_CODEC_MUTANTS");
  const unsigned count = mutants == nullptr ? 4 : static_cast<unsigned>(std::atoi(mutants));
  unsigned seed = 1;
  for_each_case([&](const Case& c) {
    auto chain = CodecChain::build(c.specs, c.decoded.size());
    if (!chain.ok()) return;
    expect_survives_mutations(*chain, c.stored, c.decoded.size(), count, ++seed);
  });
}

}  // namespace
}  // namespace posixpar::codec_test
