#include "native/napi/handles.h"

#include <memory>
#include <utility>
#include <variant>

#include "native/codecs/deflate/deflate_index.h"
#include "native/exec/deflate_first_pass.h"
#include "native/exec/shared_array.h"
#include "native/exec/write/dirty_chunks.h"
#include "native/pool/disposal.h"

namespace posixpar::napi {
namespace {

/// Tag that distinguishes our externals from those of other addons.
constexpr napi_type_tag kHandleTag = {0x706f7369782d7061ULL, 0x722d68616e646c65ULL};

/// Object to which an external points. Empty after release().
struct Box {
  std::optional<PlanHandle> handle;
};

std::uint64_t device_of(const std::shared_ptr<sys::OpenFile>& file) { return file->id().device; }
std::uint64_t device_of(const std::shared_ptr<sys::Directory>& directory) { return directory->device(); }
std::uint64_t device_of(const std::shared_ptr<const sys::Roots>&) { return 0; }
std::uint64_t device_of(const std::shared_ptr<pool::ChunkCache>&) { return 0; }
std::uint64_t device_of(const std::shared_ptr<const CodecChain>&) { return 0; }
std::uint64_t device_of(const std::shared_ptr<const DeflateIndex>&) { return 0; }
std::uint64_t device_of(const std::shared_ptr<const DeflateFirstPass>&) { return 0; }
std::uint64_t device_of(const std::shared_ptr<DirtyChunks>& cache) { return cache->device(); }
std::uint64_t device_of(const std::shared_ptr<ArrayShare>& share) { return share->device(); }

/// Releases the handle. The object is destroyed on the pool, because it may close files or free much memory: an index
/// of restart points, which a codec chain may own, can have gigabytes.
void dispose(std::optional<PlanHandle>& handle) {
  if (!handle) return;
  // Immediately, so that no thread can attach after the array was closed.
  if (const auto* share = std::get_if<std::shared_ptr<ArrayShare>>(&*handle)) (*share)->withdraw();
  std::visit(
      [](auto& object) {
        const std::uint64_t device = device_of(object);
        pool::dispose(std::move(object), device);
      },
      *handle);
  handle.reset();
}

Box* box_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  bool tagged = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return nullptr;
  if (napi_check_object_type_tag(env, value, &kHandleTag, &tagged) != napi_ok || !tagged) return nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  return static_cast<Box*>(data);
}

}  // namespace

napi_value wrap_handle(napi_env env, PlanHandle handle) {
  auto box = std::make_unique<Box>(Box{std::move(handle)});
  napi_value value = nullptr;
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<Box> owned(static_cast<Box*>(data));
    dispose(owned->handle);
  };
  if (napi_create_external(env, box.get(), finalize, nullptr, &value) != napi_ok) return nullptr;
  (void)box.release();  // NOLINT(bugprone-unused-return-value): the finalizer owns it now
  if (napi_type_tag_object(env, value, &kHandleTag) != napi_ok) return nullptr;
  return value;
}

bool is_handle(napi_env env, napi_value value) { return box_of(env, value) != nullptr; }

const PlanHandle* unwrap_handle(napi_env env, napi_value value) {
  Box* box = box_of(env, value);
  return box != nullptr && box->handle ? &*box->handle : nullptr;
}

std::optional<std::shared_ptr<const sys::Roots>> roots_or_null(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env, value, &type) != napi_ok) return std::nullopt;
  if (type == napi_null) return nullptr;
  const PlanHandle* handle = unwrap_handle(env, value);
  const auto* roots = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<const sys::Roots>>(handle);
  if (roots == nullptr) return std::nullopt;
  return *roots;
}

std::shared_ptr<const DeflateIndex> to_deflate_index(napi_env env, napi_value value) {
  const PlanHandle* handle = unwrap_handle(env, value);
  const auto* index = handle == nullptr ? nullptr : std::get_if<std::shared_ptr<const DeflateIndex>>(handle);
  return index == nullptr ? nullptr : *index;
}

std::shared_ptr<const DeflateSource> to_deflate_source(napi_env env, napi_value value) {
  const PlanHandle* handle = unwrap_handle(env, value);
  if (handle == nullptr) return nullptr;
  if (const auto* index = std::get_if<std::shared_ptr<const DeflateIndex>>(handle)) return *index;
  const auto* pass = std::get_if<std::shared_ptr<const DeflateFirstPass>>(handle);
  return pass == nullptr ? nullptr : *pass;
}

void release_handle(napi_env env, napi_value value) {
  if (Box* box = box_of(env, value); box != nullptr) dispose(box->handle);
}

}  // namespace posixpar::napi
