#include "native/exec/shared_array.h"

#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

namespace posixpar {
namespace {

/// The available arrays by id.
struct Registry {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const SharedArray>> arrays;

  static Registry& instance() {
    static auto& it = *new Registry;  // Never destroyed: pool threads may use it at the end of the process.
    return it;
  }
};

}  // namespace

ArrayShare::ArrayShare(std::string id, std::shared_ptr<const SharedArray> array)
    : id_(std::move(id)), array_(std::move(array)) {}

std::shared_ptr<ArrayShare> ArrayShare::create(std::string id, SharedArray array) {
  auto shared = std::make_shared<const SharedArray>(std::move(array));
  Registry& registry = Registry::instance();
  const std::lock_guard lock(registry.mutex);
  if (!registry.arrays.emplace(id, shared).second) return nullptr;
  return std::shared_ptr<ArrayShare>(new ArrayShare(std::move(id), std::move(shared)));
}

std::shared_ptr<const SharedArray> ArrayShare::find(const std::string& id) {
  Registry& registry = Registry::instance();
  const std::lock_guard lock(registry.mutex);
  const auto found = registry.arrays.find(id);
  return found == registry.arrays.end() ? nullptr : found->second;
}

ArrayShare::~ArrayShare() { withdraw(); }

void ArrayShare::withdraw() {
  Registry& registry = Registry::instance();
  const std::lock_guard lock(registry.mutex);
  // Does not destroy the array, because `array_` refers to it, too.
  const auto found = registry.arrays.find(id_);
  if (found != registry.arrays.end() && found->second == array_) registry.arrays.erase(found);
}

std::uint64_t ArrayShare::device() const {
  for (const PlanHandle& handle : array_->handles) {
    if (const auto* file = std::get_if<std::shared_ptr<sys::OpenFile>>(&handle)) return (*file)->id().device;
    if (const auto* directory = std::get_if<std::shared_ptr<sys::Directory>>(&handle)) return (*directory)->device();
  }
  return 0;
}

}  // namespace posixpar
