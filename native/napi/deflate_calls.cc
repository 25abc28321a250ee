#include <array>
#include <vector>

#include "native/base/generated/inflate.h"
#include "native/codecs/deflate/deflate_index.h"
#include "native/exec/deflate_first_pass.h"
#include "native/napi/calls.h"
#include "native/napi/handles.h"
#include "native/napi/values.h"

namespace posixpar::napi {
namespace {

std::shared_ptr<const DeflateIndex> index_argument(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  return count == 1 ? to_deflate_index(env, args[0]) : nullptr;
}

}  // namespace

napi_value deflate_pieces(napi_env env, napi_callback_info call) {
  const auto index = index_argument(env, call);
  if (index == nullptr) return refuse(env, "deflate_pieces: expected an index");
  const auto& pieces = index->pieces();
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  const std::size_t words = pieces.size() * inflate::kPieceWords;
  if (napi_create_arraybuffer(env, words * sizeof(double), &memory, &buffer) != napi_ok) return nullptr;
  auto* to = static_cast<double*>(memory);
  for (const DeflateIndex::Piece& piece : pieces) {
    to[inflate::kPieceOffset] = static_cast<double>(piece.offset);
    to[inflate::kPieceStoredBytes] = static_cast<double>(piece.stored_bytes);
    to[inflate::kPieceDecodedBytes] = static_cast<double>(piece.decoded_bytes);
    to[inflate::kPieceWindowBytes] = static_cast<double>(piece.window_bytes);
    to += inflate::kPieceWords;
  }
  napi_create_typedarray(env, napi_float64_array, words, buffer, 0, &array);
  return array;
}

napi_value add_deflate_windows(napi_env env, napi_callback_info call) {
  std::array<napi_value, 3> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const auto index = count == 3 ? to_deflate_index(env, args[0]) : nullptr;
  const double first = count == 3 ? to_number(env, args[1]).value_or(-1) : -1;
  const auto bytes = count == 3 ? to_view(env, args[2]) : std::nullopt;
  if (index == nullptr || !bytes || !(first >= 0 && first <= static_cast<double>(index->pieces().size()))) {
    return refuse(env, "add_deflate_windows: expected an index, the number of a piece and bytes");
  }
  napi_value added = nullptr;
  const Status status = index->add_windows(static_cast<std::size_t>(first), {bytes->data, bytes->bytes});
  napi_get_boolean(env, status.ok(), &added);
  return added;
}

napi_value first_pass_index(napi_env env, napi_callback_info call) {
  std::array<napi_value, 1> args{};
  std::size_t count = args.size();
  napi_get_cb_info(env, call, &count, args.data(), nullptr, nullptr);
  const PlanHandle* handle = count == 1 ? unwrap_handle(env, args[0]) : nullptr;
  const auto* pass = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<const DeflateFirstPass>>(handle);
  if (pass == nullptr) return refuse(env, "first_pass_index: expected a first pass");
  auto index = (*pass)->index();
  return index == nullptr ? null_value(env) : wrap_handle(env, std::move(index));
}

napi_value save_deflate_index(napi_env env, napi_callback_info call) {
  const auto index = index_argument(env, call);
  if (index == nullptr) return refuse(env, "save_deflate_index: expected an index");
  const auto bytes = index->serialize();
  if (!bytes.ok()) return refuse(env, "save_deflate_index: expected an index with all windows");
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, bytes->size(), &memory, &buffer) != napi_ok) return nullptr;
  std::copy(bytes->begin(), bytes->end(), static_cast<std::byte*>(memory));
  napi_create_typedarray(env, napi_uint8_array, bytes->size(), buffer, 0, &array);
  return array;
}

}  // namespace posixpar::napi
