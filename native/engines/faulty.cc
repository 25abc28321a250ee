#include <algorithm>

#include "native/engines/testing.h"

namespace posixpar {
namespace {

class FaultyChannel final : public Channel {
 public:
  FaultyChannel(std::unique_ptr<Channel> inner, unsigned depth, std::vector<Misdeed> misdeeds)
      : inner_(std::move(inner)), depth_(depth), misdeeds_(std::move(misdeeds)) {}

  [[nodiscard]] unsigned depth() const override { return depth_; }

  void start(std::uint64_t tag, const Extent& extent) override {
    const std::uint64_t number = started_++;
    const auto misdeed =
        std::find_if(misdeeds_.begin(), misdeeds_.end(), [number](const Misdeed& m) { return m.extent == number; });
    if (misdeed != misdeeds_.end() && misdeed->error) {
      ended_.push_back({tag, *misdeed->error});
      return;
    }
    Extent asked = extent;
    if (misdeed != misdeeds_.end() && misdeed->most) asked.length = std::min(asked.length, *misdeed->most);
    inner_->start(tag, asked);
    ended_.push_back(inner_->next());
    counters_ = inner_->counters();
  }

  Done next() override {
    Done done = std::move(ended_.back());
    ended_.pop_back();
    return done;
  }

 private:
  std::unique_ptr<Channel> inner_;
  unsigned depth_;
  std::vector<Misdeed> misdeeds_;
  std::uint64_t started_ = 0;
  std::vector<Done> ended_;
};

}  // namespace

std::unique_ptr<Channel> open_faulty(std::unique_ptr<Channel> inner, unsigned depth, std::vector<Misdeed> misdeeds) {
  return std::make_unique<FaultyChannel>(std::move(inner), depth, std::move(misdeeds));
}

}  // namespace posixpar
