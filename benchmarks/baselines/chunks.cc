/// \file Baseline for a whole chunked 3-D array: each thread reads a chunk, decodes it and copies its rows into the
/// result.
///
/// Arguments: table= shape=a,b,c chunk=a,b,c item=4 codec=none|zlib|gzip|zstd|blosc shuffle=0|1 open=each|once threads=
/// memory=
/// The table is a file with one line "path<TAB>offset<TAB>length<TAB>z<TAB>y<TAB>x" for each chunk. z, y and x are the
/// position of the chunk, counted in chunks.
#include <libdeflate.h>
#include <zstd.h>

#include <fstream>
#include <memory>

#include "blosc.h"
#include "common.h"
#include "unshuffle.h"

namespace {
using namespace baselines;

struct Chunk {
  std::string path;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::size_t at[3] = {};
};

std::vector<Chunk> read_table(const std::string& path) {
  std::ifstream in(path);
  if (!in) die(path);
  std::vector<Chunk> chunks;
  for (std::string line; std::getline(in, line);) {
    Chunk chunk;
    std::size_t numbers[5] = {};
    std::size_t from = line.find('\t');
    chunk.path = line.substr(0, from);
    for (auto& number : numbers) {
      number = std::stoull(line.substr(from + 1));
      from = line.find('\t', from + 1);
    }
    chunk.offset = numbers[0];
    chunk.length = numbers[1];
    std::copy(numbers + 2, numbers + 5, chunk.at);
    chunks.push_back(chunk);
  }
  return chunks;
}

/// Decoder state and buffers of one thread.
struct Decoder {
  std::vector<std::byte> stored;
  std::vector<std::byte> decoded;
  std::vector<std::byte> shuffled;
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> deflate{libdeflate_alloc_decompressor(),
                                                                                       libdeflate_free_decompressor};
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> zstd{ZSTD_createDCtx(), ZSTD_freeDCtx};

  void inflate(const std::string& codec, std::size_t length, std::byte* into, std::size_t size) {
    std::size_t got = 0;
    if (codec == "zlib") {
      if (libdeflate_zlib_decompress(deflate.get(), stored.data(), length, into, size, &got) != LIBDEFLATE_SUCCESS)
        got = 0;
    } else if (codec == "gzip") {
      if (libdeflate_gzip_decompress(deflate.get(), stored.data(), length, into, size, &got) != LIBDEFLATE_SUCCESS)
        got = 0;
    } else if (codec == "blosc") {
      got = blosc_lz4(stored.data(), into, shuffled.data());
    } else {
      got = ZSTD_decompressDCtx(zstd.get(), into, size, stored.data(), length);
    }
    if (got != size) die("cannot decode a chunk with " + codec);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(argc, argv);
  const auto chunks = read_table(settings.text("table"));
  const auto shape = settings.numbers("shape");
  const auto chunk_shape = settings.numbers("chunk");
  const std::size_t item = settings.number("item", 4);
  const std::size_t threads = settings.number("threads", 2);
  const std::string codec = settings.text("codec", "none");
  const bool shuffle = settings.number("shuffle", 0) == 1;
  const bool open_each = settings.text("open", "each") == "each";
  const std::size_t row = chunk_shape[2] * item;
  const std::size_t rows = chunk_shape[0] * chunk_shape[1];
  const std::size_t chunk_bytes = rows * row;
  const std::size_t pieces = settings.number("piece", std::size_t{256} << 10) / row;

  std::size_t longest = chunk_bytes;
  for (const auto& chunk : chunks) longest = std::max(longest, chunk.length);
  std::vector<Decoder> decoders(threads);
  for (auto& decoder : decoders) {
    decoder.stored.resize(longest + 64);
    decoder.decoded.resize(chunk_bytes);
    decoder.shuffled.resize(chunk_bytes);
  }
  std::map<std::string, int> open_files;
  const auto open_file = [](const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) die(path);
    return fd;
  };
  if (!open_each) {
    for (const auto& chunk : chunks) {
      if (!open_files.contains(chunk.path)) open_files[chunk.path] = open_file(chunk.path);
    }
  }

  Result result(shape[0] * shape[1] * shape[2] * item, settings.text("memory", "fresh-huge"));
  const auto scatter = [&](const Chunk& chunk, const std::byte* from, std::size_t first, std::size_t end) {
    for (std::size_t r = first; r < end; r++, from += row) {
      const std::size_t z = chunk.at[0] * chunk_shape[0] + r / chunk_shape[1];
      const std::size_t y = chunk.at[1] * chunk_shape[1] + r % chunk_shape[1];
      const std::size_t x = chunk.at[2] * chunk_shape[2];
      std::memcpy(result.data() + ((z * shape[1] + y) * shape[2] + x) * item, from, row);
    }
  };
  return serve(result, [&] {
    std::atomic<std::size_t> next{0};
    on_threads(threads, [&](std::size_t thread) {
      Decoder& decoder = decoders[thread];
      for (std::size_t i = next.fetch_add(1); i < chunks.size(); i = next.fetch_add(1)) {
        const Chunk& chunk = chunks[i];
        const int fd = open_each ? open_file(chunk.path) : open_files.at(chunk.path);
        if (codec == "none") {
          // Each part is small enough to stay in the L2 cache until it is copied.
          for (std::size_t r = 0; r < rows; r += pieces) {
            const std::size_t end = std::min(rows, r + pieces);
            pread_all(fd, decoder.decoded.data(), (end - r) * row, chunk.offset + r * row);
            scatter(chunk, decoder.decoded.data(), r, end);
          }
        } else {
          pread_all(fd, decoder.stored.data(), chunk.length, chunk.offset);
          decoder.inflate(codec, chunk.length, shuffle ? decoder.shuffled.data() : decoder.decoded.data(), chunk_bytes);
          if (shuffle) unshuffle4(decoder.shuffled.data(), decoder.decoded.data(), chunk_bytes / 4);
          scatter(chunk, decoder.decoded.data(), 0, rows);
        }
        if (open_each) ::close(fd);
      }
    });
  });
}
