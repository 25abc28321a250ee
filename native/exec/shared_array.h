#pragma once
/// \file Arrays that one JavaScript thread has opened, and to which the other JavaScript threads of the process may
/// attach.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "native/exec/plan/plan.h"

namespace posixpar {

/// The native objects of an open array, and its description. Does not change.
struct SharedArray {
  std::vector<PlanHandle> handles;
  std::vector<std::byte> description;  ///< Written and read by JavaScript only.
};

/// Makes an array available under an id, until it is withdrawn or the object is destroyed. Thread-safe.
class ArrayShare {
 public:
  /// \returns null if another array has the id.
  static std::shared_ptr<ArrayShare> create(std::string id, SharedArray array);
  /// Returns the array with the id; null if it was withdrawn, or never existed.
  static std::shared_ptr<const SharedArray> find(const std::string& id);

  ArrayShare(const ArrayShare&) = delete;
  ArrayShare& operator=(const ArrayShare&) = delete;
  ~ArrayShare();
  /// Makes the array unavailable. Threads that are already attached keep its objects. A second call has no effect.
  void withdraw();
  /// Device of the array's files; 0 if no file is open.
  [[nodiscard]] std::uint64_t device() const;

 private:
  ArrayShare(std::string id, std::shared_ptr<const SharedArray> array);

  std::string id_;
  std::shared_ptr<const SharedArray> array_;
};

}  // namespace posixpar
