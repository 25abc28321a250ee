// Runs libFuzzer on the codec with id POSIXPAR_FUZZ_CODEC.
//
// Input: u8 number of parameters, each an f64, u32 decoded size, u16 and u16 start and end of the needed part
// (in 65536ths of the size), then the stored chunk. test/codecs/generate.py FOLDER writes valid inputs to FOLDER/seeds.
#include <cstdlib>
#include <vector>

#include "native/codecs/bytes.h"
#include "native/codecs/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posixpar;
  codecs::ByteReader reader({reinterpret_cast<const std::byte*>(data), size});
  CodecSpec spec{static_cast<CodecId>(POSIXPAR_FUZZ_CODEC), {}};
  const unsigned count = reader.le<std::uint8_t>();
  for (unsigned i = 0; i < count; ++i) spec.params.push_back(reader.le<double>());
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  const std::size_t decoded = reader.le<std::uint32_t>() % kLargest;
  const std::size_t begin = decoded * reader.le<std::uint16_t>() / 65536;
  const std::size_t end = decoded * (std::size_t{reader.le<std::uint16_t>()} + 1) / 65536;
  if (!reader.ok()) return 0;

  const auto chain = CodecChain::build({&spec, 1}, decoded);
  if (!chain.ok()) return 0;
  // Allocates exact sizes, so that the sanitizer detects every access beyond the end.
  const Bytes rest = reader.rest();
  const std::vector<std::byte> stored(rest.begin(), rest.end());
  std::vector<std::byte> out(decoded);
  CodecScratch scratch;
  const Status status = chain->decode(stored, 0, out, {begin, end}, scratch);
  if (!status.ok() && status.error().kind != ErrorKind::codec && status.error().kind != ErrorKind::unsupported) {
    std::abort();
  }
  return 0;
}
