// The codec of .nii.gz files and of compressed members of .npz files. A chunk is a piece of a deflate stream
// (deflate_source.h).
#include "native/codecs/deflate/deflate_source.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

class DeflatePieceDecoder final : public Decoder {
 public:
  explicit DeflatePieceDecoder(std::shared_ptr<const DeflateSource> source) : source_(std::move(source)) {}

  [[nodiscard]] const char* name() const override { return "deflate"; }
  [[nodiscard]] bool is_numbered() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (!step.exact) return codec_error(name(), "expected the last codec of a chain");
    auto status = source_->decode(step.number, step.in, step.out, std::min(step.needed.end, step.out.size()));
    if (!status.ok()) return std::move(status).error();
    return Bytes(step.out);
  }

 private:
  std::shared_ptr<const DeflateSource> source_;
};

}  // namespace

Result<DecoderPtr> make_deflate_piece(std::shared_ptr<const DeflateSource> source) {
  if (source == nullptr) return parameter_error("deflate", "expected an index of restart points");
  return DecoderPtr(std::make_unique<DeflatePieceDecoder>(std::move(source)));
}

Result<DecoderPtr> make_deflate_piece(Params) { return make_deflate_piece(std::shared_ptr<const DeflateSource>()); }

}  // namespace posixpar::codecs
