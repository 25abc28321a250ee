#pragma once
/// \file Samples in which kernel functions (wait channels) the measuring threads sleep.
#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "native/sys/wait_channel.h"

namespace posixpar::probe {

/// A thread that is sampled while `active` is true.
struct SampledThread {
  std::atomic<pid_t> id = 0;
  std::atomic<bool> active = false;
};

/// Reads the wait channel of each thread every 0.2 ms, or less often if the readings would use more than about
/// 5 % of a core.
class WaitSampler {
 public:
  /// \param threads  must outlive the sampler.
  explicit WaitSampler(std::vector<const SampledThread*> threads);
  WaitSampler(const WaitSampler&) = delete;
  WaitSampler& operator=(const WaitSampler&) = delete;
  ~WaitSampler();

  /// Starts sampling. If no thread can be started, nothing is sampled.
  void start();
  void stop();

  /// Number of samples by wait channel (see sys::WaitChannel). The key is "0" if the thread did not sleep or the kernel
  /// hides the name, and "" if the name could not be read. Valid after stop().
  [[nodiscard]] const std::map<std::string, std::uint64_t>& samples() const { return samples_; }

 private:
  static void* entry(void* self);
  void sample();

  std::vector<const SampledThread*> threads_;
  std::vector<sys::WaitChannel> channels_;
  std::map<std::string, std::uint64_t> samples_;
  std::atomic<bool> stop_ = false;
  std::optional<pthread_t> thread_;
};

}  // namespace posixpar::probe
