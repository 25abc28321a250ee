#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <limits>
#include <new>

#include "native/base/generated/limits.h"
#include "native/codecs/codec.h"
#include "native/codecs/decoder.h"
#include "native/codecs/registry.h"
#include "native/pool/buffers.h"

namespace posixpar {

using codecs::DecoderPtr;
using codecs::SizeHint;
using codecs::Step;

namespace {

/// A codec that was applied to the chunk, and the size of the output that it must produce.
struct Stage {
  const codecs::Decoder* decoder = nullptr;
  SizeHint size;
  Needed needed;
};

/// Placeholder for a codec that could not be created. Its decode() returns the reason as an error.
class Refusing final : public codecs::Decoder {
 public:
  Refusing(CodecId id, Error why) : why_(std::move(why)) {
    const std::string op = why_.op;
    if (why_.kind == ErrorKind::invalid) {
      why_.message = "invalid parameters of codec " + op + ": " + why_.message;
    } else if (id != CodecId::unsupported && op != "codec") {
      why_.message = "codec " + op + ": " + why_.message;
    }
    why_.kind = ErrorKind::unsupported;
  }
  [[nodiscard]] const char* name() const override { return why_.op; }
  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    static_cast<void>(step);
    return why_;
  }

 private:
  Error why_;
};

template <typename T>
void append(std::string& text, const T& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string identity_of(std::span<const CodecSpec> specs, std::size_t decoded_bytes) {
  std::string text;
  append(text, decoded_bytes);
  for (const CodecSpec& spec : specs) {
    append(text, spec.id);
    append(text, spec.params.size());
    for (const double param : spec.params) append(text, param);
    if (spec.source == nullptr) continue;
    // Two indexes of one file may divide it into different chunks with the same numbers.
    static std::atomic<std::uint64_t> next_index{0};
    append(text, next_index.fetch_add(1, std::memory_order_relaxed));
  }
  return text;
}

/// The two largest buffers between the codecs of a chain. The chain needs only two of them at the same time.
struct LargestPair {
  std::size_t first = 0;
  std::size_t second = 0;

  void add(std::size_t bytes) {
    second = std::max(second, std::min(first, bytes));
    first = std::max(first, bytes);
  }
  [[nodiscard]] std::size_t capacity() const {
    std::size_t total = 0;
    for (const std::size_t bytes : {first, second}) {
      if (bytes > 0) total = codecs::saturating_add(total, pool::BufferPool::capacity_of(bytes));
    }
    return total;
  }
};

}  // namespace

MutableBytes CodecScratch::take(std::size_t slot, std::size_t size) {
  auto memory = pool::ThreadScratch::get().take(pool::kCodecSlot + slot, std::max<std::size_t>(1, size));
  return memory.ok() ? memory->first(size) : MutableBytes();
}

struct CodecChain::Impl {
  std::vector<DecoderPtr> decoders;
  bool ranges = true;
  bool numbered = false;
};

CodecChain::CodecChain() = default;
CodecChain::CodecChain(CodecChain&&) noexcept = default;
CodecChain& CodecChain::operator=(CodecChain&&) noexcept = default;
CodecChain::~CodecChain() = default;

Result<CodecChain> CodecChain::build(std::span<const CodecSpec> specs, std::size_t decoded_bytes) {
  if (specs.size() > kMaxChainCodecs) {
    return codecs::parameter_error("codec", "expected at most " + std::to_string(kMaxChainCodecs) +
                                                " codecs in a chain, found " + std::to_string(specs.size()));
  }
  // Limits the size to a quarter of the address space, so that the sum of a few sizes cannot overflow.
  if (decoded_bytes > std::numeric_limits<std::size_t>::max() / 4) {
    return codecs::parameter_error(
        "codec", "expected a chunk that fits in memory, found " + std::to_string(decoded_bytes) + " bytes");
  }
  auto impl = std::make_unique<Impl>();
  for (const CodecSpec& spec : specs) {
    auto decoder = codecs::make_decoder(spec);
    impl->decoders.push_back(decoder ? std::move(*decoder)
                                     : std::make_unique<Refusing>(spec.id, std::move(decoder).error()));
  }
  // Ranges can only be decoded if there is one codec: any further codec would have to decode the whole chunk first.
  impl->ranges = specs.empty() || (specs.size() == 1 && impl->decoders[0]->can_decode_ranges());
  impl->numbered = impl->decoders.size() == 1 && impl->decoders[0]->is_numbered();
  CodecChain chain;
  chain.impl_ = std::move(impl);
  if (!specs.empty()) chain.identity_ = std::make_shared<const std::string>(identity_of(specs, decoded_bytes));
  return chain;
}

bool CodecChain::empty() const { return !impl_ || impl_->decoders.empty(); }

bool CodecChain::can_decode_ranges() const { return !impl_ || impl_->ranges; }

Status CodecChain::decode(Bytes stored, std::uint32_t filter_mask, MutableBytes out, Needed needed,
                          CodecScratch& scratch) const {
  needed.end = std::min(needed.end, out.size());
  if (needed.begin >= needed.end) return {};

  const std::uint32_t number = impl_ && impl_->numbered ? filter_mask : 0;
  if (impl_ && impl_->numbered) filter_mask = 0;
  Stage stages[kMaxChainCodecs];
  std::size_t count = 0;
  SizeHint size{out.size(), true};
  Needed want = needed;
  for (std::size_t i = 0; impl_ && i < impl_->decoders.size(); ++i) {
    if ((filter_mask >> i & 1U) != 0) continue;
    const codecs::Decoder* decoder = impl_->decoders[i].get();
    stages[count++] = {decoder, size, want};
    const SizeHint before = size;
    size = decoder->stored_size(before);
    want = size.exact ? decoder->stored_needed(want, before.bytes) : codecs::kEverything;
    if (size.exact) want.end = std::min(want.end, size.bytes);
  }

  Bytes current = stored;
  std::size_t free_slot = 0;  // Slot 0 or 1, whichever does not hold `current`.
  for (std::size_t i = count; i-- > 0;) {
    const Stage& stage = stages[i];
    MutableBytes target = out;
    if (i != 0) {
      target = scratch.take(free_slot, stage.size.bytes);
      if (target.size() != stage.size.bytes) {
        return codecs::codec_error(
            stage.decoder->name(),
            "out of memory: cannot allocate " + std::to_string(stage.size.bytes) + " bytes between two codecs");
      }
    }
    auto decoded = stage.decoder->decode(Step{current, target, stage.size.exact, stage.needed, number, scratch});
    if (!decoded) return std::move(decoded).error();
    current = *decoded;
    // A codec that only removes a checksum returns a part of its input. It has then not used the target slot.
    const bool in_target = std::less_equal<>{}(static_cast<const std::byte*>(target.data()), current.data()) &&
                           std::less<>{}(current.data(), static_cast<const std::byte*>(target.data()) + target.size());
    if (in_target) free_slot ^= 1U;
  }

  if (current.size() != out.size()) {
    return codecs::size_error(count == 0 ? "plain" : stages[0].decoder->name(), out.size(), current.size());
  }
  if (current.data() != out.data()) {
    std::memcpy(out.data() + needed.begin, current.data() + needed.begin, needed.end - needed.begin);
  }
  return {};
}

Status CodecChain::check_encodable() const {
  if (!impl_) return {};
  for (const DecoderPtr& codec : impl_->decoders) {
    if (codec->can_encode()) continue;
    return codecs::unsupported_error(codec->name(), std::string("codec ") + codec->name() + " cannot be written");
  }
  return {};
}

Result<Bytes> CodecChain::encode(Bytes decoded, CodecScratch& scratch) const {
  Bytes current = decoded;
  std::size_t free_slot = 0;  // Slot 0 or 1, whichever does not hold `current`.
  for (std::size_t i = 0; impl_ && i < impl_->decoders.size(); ++i) {
    const codecs::Decoder& codec = *impl_->decoders[i];
    const std::size_t limit = codec.encoded_limit(current.size());
    const MutableBytes out = scratch.take(free_slot, limit);
    if (out.size() != limit) {
      return codecs::codec_error(codec.name(),
                                 "out of memory: cannot allocate " + std::to_string(limit) + " bytes to encode");
    }
    auto encoded = codec.encode({current, out, scratch});
    if (!encoded) return std::move(encoded).error();
    current = *encoded;
    if (current.data() == out.data()) free_slot ^= 1U;
  }
  return current;
}

std::size_t CodecChain::max_decode_scratch(std::size_t decoded_bytes) const {
  LargestPair between;
  std::size_t own = 0;
  SizeHint size{decoded_bytes, true};
  for (std::size_t i = 0; impl_ && i < impl_->decoders.size(); ++i) {
    if (i > 0) between.add(size.bytes);
    own = std::max(own, impl_->decoders[i]->own_scratch(size.bytes));
    size = impl_->decoders[i]->stored_size(size);
  }
  return codecs::saturating_add(between.capacity(), own == 0 ? 0 : pool::BufferPool::capacity_of(own));
}

std::size_t CodecChain::max_encode_scratch(std::size_t decoded_bytes) const {
  LargestPair outputs;
  std::size_t size = decoded_bytes;
  for (std::size_t i = 0; impl_ && i < impl_->decoders.size(); ++i) {
    size = impl_->decoders[i]->encoded_limit(size);
    outputs.add(size);
  }
  return outputs.capacity();
}

}  // namespace posixpar
