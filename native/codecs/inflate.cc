#include "native/codecs/inflate.h"

#include <algorithm>
#include <array>
#include <memory>

#include "native/codecs/encoder_stack.h"

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
#include <libdeflate.h>
#elif defined(POSIXPAR_HAVE_ZLIB)
#include <zlib.h>
#endif

namespace posixpar::codecs {

#if defined(POSIXPAR_HAVE_LIBDEFLATE)
namespace {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

libdeflate_decompressor* thread_decompressor() {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> d(libdeflate_alloc_decompressor());
  return d.get();
}

struct FreeCompressor {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};

using Compressors = EncoderStack<std::unique_ptr<libdeflate_compressor, FreeCompressor>>;

/// Returns the compressors for `level`, which is at most kMaxDeflateLevel.
Compressors& compressors(int level) {
  // Never destroyed: pool threads may use it at the end of the process.
  static auto& by_level = *new std::array<Compressors, kMaxDeflateLevel + 1>;
  return by_level[static_cast<std::size_t>(level)];
}

}  // namespace

std::size_t deflate_limit(std::size_t size) { return libdeflate_gzip_compress_bound(nullptr, size); }

std::size_t deflate(Bytes in, MutableBytes out, DeflateWrapper wrapper, int level) {
  const auto lease = compressors(level).take([&] { return libdeflate_alloc_compressor(level); });
  libdeflate_compressor* c = lease.get();
  if (c == nullptr) return 0;
  const auto compress = wrapper == DeflateWrapper::zlib ? libdeflate_zlib_compress : libdeflate_gzip_compress;
  return compress(c, in.data(), in.size(), out.data(), out.size());
}

Inflated inflate(Bytes in, MutableBytes out, DeflateWrapper wrapper) {
  libdeflate_decompressor* d = thread_decompressor();
  if (d == nullptr) return {};
  std::byte nothing{};  // libdeflate requires a valid pointer even for size 0.
  std::byte* to = out.empty() ? &nothing : out.data();
  Inflated r;
  const auto decompress = wrapper == DeflateWrapper::zlib   ? libdeflate_zlib_decompress_ex
                          : wrapper == DeflateWrapper::gzip ? libdeflate_gzip_decompress_ex
                                                            : libdeflate_deflate_decompress_ex;
  switch (decompress(d, in.data(), in.size(), to, out.size(), &r.consumed, &r.produced)) {
    case LIBDEFLATE_SUCCESS:
      r.end = InflateEnd::complete;
      break;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      r.end = InflateEnd::full;
      break;
    default:
      break;
  }
  return r;
}

#elif defined(POSIXPAR_HAVE_ZLIB)
namespace {

/// The zlib state of one thread. zlib must be linked statically with hidden symbols, because Node exports its own copy.
struct ZlibStream {
  z_stream z{};
  bool ready = false;
  ZlibStream() { ready = inflateInit(&z) == Z_OK; }
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;
  ~ZlibStream() {
    if (ready) inflateEnd(&z);
  }
};

}  // namespace

Inflated inflate(Bytes in, MutableBytes out, DeflateWrapper wrapper) {
  thread_local ZlibStream stream;
  z_stream& z = stream.z;
  const int window = wrapper == DeflateWrapper::zlib ? 15 : wrapper == DeflateWrapper::gzip ? 31 : -15;
  if (!stream.ready || inflateReset2(&z, window) != Z_OK) return {};
  constexpr std::size_t kStep = std::size_t{1} << 30;  // avail_in and avail_out have 32 bits.
  Inflated r;
  Bytef beyond = 0;  // Destination of one more byte. If zlib writes it, the stream is longer than `out`.
  while (true) {
    const std::size_t in_now = std::min(in.size() - r.consumed, kStep);
    const std::size_t out_now = std::min(out.size() - r.produced, kStep);
    // next_in is non-const for historical reasons; zlib does not write through it.
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data() + r.consumed));
    z.avail_in = static_cast<uInt>(in_now);
    z.next_out = out_now == 0 ? &beyond : reinterpret_cast<Bytef*>(out.data() + r.produced);
    z.avail_out = out_now == 0 ? 1 : static_cast<uInt>(out_now);
    const int rc = ::inflate(&z, Z_NO_FLUSH);
    const std::size_t took = in_now - z.avail_in;
    const std::size_t gave = (out_now == 0 ? 1 : out_now) - z.avail_out;
    if (out_now == 0 && gave != 0) {
      r.end = InflateEnd::full;
      return r;
    }
    r.consumed += took;
    r.produced += gave;
    if (rc == Z_STREAM_END) {
      r.end = InflateEnd::complete;
      return r;
    }
    if (rc != Z_OK || (took == 0 && gave == 0)) return r;
  }
}

#else

Inflated inflate(Bytes, MutableBytes, DeflateWrapper) { return {}; }

#endif

#if !defined(POSIXPAR_HAVE_LIBDEFLATE)

std::size_t deflate_limit(std::size_t size) { return size; }
std::size_t deflate(Bytes, MutableBytes, DeflateWrapper, int) { return 0; }

#endif

}  // namespace posixpar::codecs
