#include "native/probe/wait_sampler.h"

#include <algorithm>
#include <utility>

#include "native/pool/thread_start.h"
#include "native/sys/clock.h"

namespace posixpar::probe {
namespace {

constexpr std::uint64_t kMinPauseNs = 200'000;
constexpr std::uint64_t kMaxPauseNs = 100'000'000;
constexpr std::uint64_t kPauseFactor = 20;

}  // namespace

WaitSampler::WaitSampler(std::vector<const SampledThread*> threads) : threads_(std::move(threads)) {}

WaitSampler::~WaitSampler() { stop(); }

void WaitSampler::start() {
  for (const SampledThread* thread : threads_) channels_.emplace_back(thread->id.load());
  auto thread = pool::start_thread("posixpar-waits", &WaitSampler::entry, this);
  if (thread.ok()) thread_ = *thread;
}

void WaitSampler::stop() {
  stop_.store(true);
  if (thread_) pthread_join(*thread_, nullptr);
  thread_.reset();
}

void* WaitSampler::entry(void* self) {
  static_cast<WaitSampler*>(self)->sample();
  return nullptr;
}

void WaitSampler::sample() {
  while (!stop_.load()) {
    const std::uint64_t begin = sys::monotonic_ns();
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      if (!threads_[i]->active.load()) continue;
      std::string channel = channels_[i].read();
      // Ignores the sample if the thread has ended its last call while the sample was taken.
      if (threads_[i]->active.load()) ++samples_[std::move(channel)];
    }
    sys::pause_ns(std::clamp(kPauseFactor * (sys::monotonic_ns() - begin), kMinPauseNs, kMaxPauseNs));
  }
}

}  // namespace posixpar::probe
