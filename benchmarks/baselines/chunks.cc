/// \file Baseline for a whole chunked 3-D array, or boxes of it: each thread reads a chunk, decodes it and copies its
/// rows into the result.
///
/// Arguments: table= shape=a,b,c chunk=a,b,c item=4 codec=none|zlib|gzip|zstd|blosc shuffle=0|1 open=each|once threads=
/// memory= from=a,b,c,a,b,c,... count=a,b,c keep=0|1 copy=0|1 encode=0|1
/// With from= and count=, only the boxes at these positions are copied into the result, one after the other, and only
/// chunks that contain parts of them are decoded, each once. With keep=1, decoded chunks stay in memory, so that later
/// rounds only copy. With copy=0, chunks are decoded but not copied. With encode=1, each decoded chunk is also encoded
/// with zstd (level 3); the encoded bytes are not stored.
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

/// A part of a chunk that is a part of a box.
struct Use {
  std::size_t from[3] = {};  ///< Position in the chunk.
  std::size_t count[3] = {};
  std::size_t into = 0;  ///< Index of the first element in the result.
};

struct Chunk {
  std::string path;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::size_t at[3] = {};
  std::vector<Use> uses;
  std::vector<std::byte> kept;
};

/// Adds the uses of boxes of shape `count` that begin at `from`. Removes chunks without uses.
void add_uses(std::vector<Chunk>& chunks, const std::vector<std::size_t>& chunk_shape,
              const std::vector<std::size_t>& from, const std::vector<std::size_t>& count) {
  const std::size_t box = count[0] * count[1] * count[2];
  for (auto& chunk : chunks) {
    for (std::size_t b = 0; b < from.size() / 3; b++) {
      Use use;
      bool is_empty = false;
      std::size_t into = 0;
      for (std::size_t d = 0; d < 3; d++) {
        const std::size_t begin = chunk.at[d] * chunk_shape[d];
        const std::size_t low = std::max(begin, from[3 * b + d]);
        const std::size_t high = std::min(begin + chunk_shape[d], from[3 * b + d] + count[d]);
        is_empty = is_empty || low >= high;
        if (is_empty) break;
        use.from[d] = low - begin;
        use.count[d] = high - low;
        into = into * count[d] + low - from[3 * b + d];
      }
      if (is_empty) continue;
      use.into = b * box + into;
      chunk.uses.push_back(use);
    }
  }
  std::erase_if(chunks, [](const Chunk& chunk) { return chunk.uses.empty(); });
}

/// Copies the parts of a decoded chunk into the boxes.
void copy_uses(const Chunk& chunk, const std::byte* decoded, const std::vector<std::size_t>& chunk_shape,
               const std::vector<std::size_t>& count, std::size_t item, std::byte* result) {
  for (const Use& use : chunk.uses) {
    for (std::size_t z = 0; z < use.count[0]; z++) {
      for (std::size_t y = 0; y < use.count[1]; y++) {
        const std::size_t source =
            ((use.from[0] + z) * chunk_shape[1] + use.from[1] + y) * chunk_shape[2] + use.from[2];
        const std::size_t target = use.into + (z * count[1] + y) * count[2];
        std::memcpy(result + target * item, decoded + source * item, use.count[2] * item);
      }
    }
  }
}

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
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> encoder{ZSTD_createCCtx(), ZSTD_freeCCtx};
  std::vector<std::byte> encoded;

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

  /// Encodes `decoded` into `encoded`.
  void encode() {
    encoded.resize(ZSTD_compressBound(decoded.size()));
    const std::size_t got =
        ZSTD_compressCCtx(encoder.get(), encoded.data(), encoded.size(), decoded.data(), decoded.size(), 3);
    if (ZSTD_isError(got)) die("cannot encode a chunk");
  }
};

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(argc, argv);
  auto chunks = read_table(settings.text("table"));
  const auto shape = settings.numbers("shape");
  const auto chunk_shape = settings.numbers("chunk");
  const std::size_t item = settings.number("item", 4);
  const std::size_t threads = settings.number("threads", 2);
  const std::string codec = settings.text("codec", "none");
  const bool shuffle = settings.number("shuffle", 0) == 1;
  const bool has_boxes = !settings.text("from", "").empty();
  const bool keeps = settings.number("keep", 0) == 1;
  const bool copies = settings.number("copy", 1) == 1;
  const bool encodes = settings.number("encode", 0) == 1;
  const auto box_shape = has_boxes ? settings.numbers("count") : shape;
  if (has_boxes) add_uses(chunks, chunk_shape, settings.numbers("from"), box_shape);
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

  const std::size_t boxes = has_boxes ? settings.numbers("from").size() / 3 : 1;
  const std::size_t elements = boxes * box_shape[0] * box_shape[1] * box_shape[2];
  Result result(copies ? elements * item : 4096, settings.text("memory", "fresh-huge"));
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
        Chunk& chunk = chunks[i];
        if (!chunk.kept.empty()) {
          copy_uses(chunk, chunk.kept.data(), chunk_shape, box_shape, item, result.data());
          continue;
        }
        const int fd = open_each ? open_file(chunk.path) : open_files.at(chunk.path);
        if (codec == "none" && !has_boxes) {
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
          if (has_boxes)
            copy_uses(chunk, decoder.decoded.data(), chunk_shape, box_shape, item, result.data());
          else if (copies)
            scatter(chunk, decoder.decoded.data(), 0, rows);
          if (keeps) chunk.kept = decoder.decoded;
          if (encodes) decoder.encode();
        }
        if (open_each) ::close(fd);
      }
    });
  });
}
