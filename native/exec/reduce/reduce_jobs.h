#pragma once
/// \file The jobs of a reduction (such as a sum or a mean). ReduceBlock adds a block of elements to states, one state
/// per element of the result. ReduceMerge adds states to other states. ReduceFinish computes the results from the
/// states.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/exec/reduce/pieces.h"
#include "native/kernels/reduce/reduce.h"

namespace posixpar {

/// A request from JavaScript, decoded and checked.
struct ReduceRequest {
  ReduceSpec spec;
  std::uint64_t outputs = 0;
  std::uint64_t ddof = 0;
  std::vector<ReduceDim> dims;
  std::uint64_t digit_prefixes = 0;  ///< For digits: number of prefixes.

  /// Reads the words of a request (ReduceWord, then ReduceDimWord per dimension).
  /// \returns nothing if a word is invalid.
  static std::optional<ReduceRequest> decode(std::span<const double> words);
  /// True if a source of `elements` elements contains all elements of the box, and `outputs` states contain all states
  /// of the box. Also true for an empty box.
  [[nodiscard]] bool fits(std::uint64_t elements) const;
  /// Takes the edges of a histogram or the prefixes of digits from `table`. The table must live as long as the request.
  /// \returns false if its size or order is wrong, or if the operation needs no such table.
  bool set_table(std::span<const double> table);
  bool set_table(std::span<const std::uint64_t> table);
};

/// Maximum size of the temporary states of a thread. If they would be larger, a block is not split along reduced
/// dimensions, and a read does not add to states.
inline constexpr std::uint64_t kMaxTemporaryBytes = std::uint64_t{2} << 20;

/// Temporary states of the pieces of a job that add to the same states. Thread-safe.
class TemporaryStates {
 public:
  /// Returns states that no other piece uses.
  std::vector<std::uint64_t> take(const ReduceRequest& request);
  /// Gives states back after a piece has added its elements.
  void give_back(std::vector<std::uint64_t> own);
  /// Adds all of them to `states`. \pre no piece uses any of them.
  void merge_into(std::uint64_t* states, const ReduceRequest& request) const;

 private:
  std::mutex mutex_;                              // Guards `idle_` while pieces run.
  std::vector<std::vector<std::uint64_t>> idle_;  // States that no piece uses.
};

/// Adds the elements at `source` to `states`. Splits a large block into pieces along its longest dimension. If that
/// dimension is reduced, several pieces add to the same state. So pieces that run at the same time use different
/// temporary states, which are merged into `states` at the end. Does not split reduced dimensions if the temporary
/// states would be large.
class ReduceBlock final : public Pieces {
 public:
  static std::shared_ptr<ReduceBlock> create(ReduceRequest request, const std::byte* source, const std::uint8_t* mask,
                                             std::uint64_t* states);

 private:
  /// Division of the block into pieces of `length` positions along dimension `dim`.
  struct Split {
    std::size_t dim = 0;
    std::uint64_t length = 0;
    std::size_t pieces = 1;
  };
  static Split choose_split(const ReduceRequest& request);
  ReduceBlock(ReduceRequest request, Split split, const std::byte* source, const std::uint8_t* mask,
              std::uint64_t* states);
  Status perform(std::size_t piece) override;
  Status complete() override;

  const ReduceRequest request_;
  const Split split_;
  const std::byte* const source_;
  const std::uint8_t* const mask_;
  std::uint64_t* const states_;
  TemporaryStates temporary_;
};

/// Adds the states `from` to the states `to` (merge_states()).
class ReduceMerge final : public Pieces {
 public:
  static std::shared_ptr<ReduceMerge> create(ReduceRequest request, std::uint64_t* to, const std::uint64_t* from);

 private:
  ReduceMerge(ReduceRequest request, std::uint64_t* to, const std::uint64_t* from);
  Status perform(std::size_t piece) override;

  const ReduceRequest request_;
  std::uint64_t* const to_;
  const std::uint64_t* const from_;
};

/// Computes the results of a reduction from its states (finish_states()).
class ReduceFinish final : public Pieces {
 public:
  static std::shared_ptr<ReduceFinish> create(ReduceRequest request, const std::uint64_t* states, std::byte* results,
                                              std::uint8_t* empty);

 private:
  ReduceFinish(ReduceRequest request, const std::uint64_t* states, std::byte* results, std::uint8_t* empty);
  Status perform(std::size_t piece) override;

  const ReduceRequest request_;
  const std::uint64_t* const states_;
  std::byte* const results_;
  std::uint8_t* const empty_;
};

}  // namespace posixpar
