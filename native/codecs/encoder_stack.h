#pragma once
/// \file Shares the states of an encoder between threads.
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace posixpar::codecs {

/// Encoder states that are not in use. Thread-safe. A thread takes the state that was returned last, because its tables
/// are most likely in the caches of the processor. So many threads that take turns with encoding share few states, and
/// the states do not displace each other in the caches.
/// \tparam Pointer  owning pointer to a state, such as std::unique_ptr.
template <typename Pointer>
class EncoderStack {
 public:
  /// A state that the calling thread uses. The destructor puts it back.
  class Lease {
   public:
    Lease(EncoderStack& stack, Pointer state) : stack_(stack), state_(std::move(state)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (state_ != nullptr) stack_.put_back(std::move(state_));
    }
    /// Returns the state; null if it could not be created.
    [[nodiscard]] auto* get() const { return state_.get(); }

   private:
    EncoderStack& stack_;
    Pointer state_;
  };

  /// Takes the state that was returned last. \param create  creates a state if none is left.
  template <typename Create>
  [[nodiscard]] Lease take(Create create) {
    {
      const std::lock_guard lock(mutex_);
      if (!unused_.empty()) {
        Pointer state = std::move(unused_.back());
        unused_.pop_back();
        return Lease(*this, std::move(state));
      }
    }
    return Lease(*this, Pointer(create()));
  }

 private:
  void put_back(Pointer state) {
    const std::lock_guard lock(mutex_);
    unused_.push_back(std::move(state));
  }

  std::mutex mutex_;
  std::vector<Pointer> unused_;
};

}  // namespace posixpar::codecs
