#pragma once

#include <deque>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processor/io.h"
#include "processor/runtime/worker_report.h"
#include "topology/base/time.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// An output topic, and the part of a sink that writes it.
struct OutputTopic {
  std::string_view pipeline;
  const topology::SinkPlan* sink = nullptr;
  const topology::SinkBranch* branch = nullptr;
};

/// By position in Plan::sink_topics. Views and pointers are the plan's.
std::vector<OutputTopic> output_topics(const topology::Plan& plan);

/// The newest of what a worker committed, for people who look: the last value of the output keys that changed
/// last, the last dead letters and late records, and how many dead letters there were by reason. What is
/// sensitive is masked before it is kept. Bounded in memory, and in what a commit costs: of a commit with
/// more rows than are kept only the last ones are looked at. Not thread-safe: its worker only.
class OutputSamples {
 public:
  static constexpr std::size_t rows_max = 256;    ///< keys kept per output topic
  static constexpr std::size_t letters_max = 32;  ///< dead letters kept, and late records
  /// Larger rows are not kept: a page shows hundreds each second.
  static constexpr std::size_t row_bytes_max = 4096;
  static constexpr std::size_t excerpt_bytes_max = 512;  ///< of a dead letter's key, value or message

  OutputSamples(const topology::Plan& plan, const topology::Clock& clock);

  /// What a task's commit made visible, in the order in which it was written. `task_count` is the worker's,
  /// which share what is kept of one commit.
  void take(TaskId task, std::span<const OutputRecord> outputs, std::size_t task_count);
  /// The task leaves: another worker may change its rows from now on.
  void forget(TaskId task);

  OutputSampleReport report() const;

 private:
  using Rows = std::list<std::shared_ptr<const ResultSample>>;

  /// What is kept of one output topic.
  struct Topic {
    std::string_view name;
    std::vector<std::string> sensitive;  ///< columns to mask
    bool masks_key_whole = false;        ///< the key is one sensitive column as text
    bool has_text_keys = false;
    bool is_insert_only = false;
    Rows rows;  ///< oldest commit first
    /// By the key's bytes, which rows have only masked. Events are not in it: each is a row of its own.
    std::unordered_map<std::string, Rows::iterator> by_key;
    std::unordered_map<std::uint64_t, std::string> keys_by_id;
    std::uint64_t committed_rows = 0;
    std::uint64_t skipped_rows = 0;
    // Of the commit in hand:
    std::size_t left_in_commit = 0;          ///< how many rows may still be taken
    bool was_passed_over = false;            ///< there were more
    std::vector<const OutputRecord*> taken;  ///< newest first
  };

  void collect(std::span<const OutputRecord> outputs);
  void keep_rows(Topic& topic, TaskId task, topology::EventTime now);
  void keep_row(Topic& topic, TaskId task, const OutputRecord& record, topology::EventTime now);
  static Rows::iterator drop_row(Topic& topic, Rows::iterator row);
  static std::string key_text(const Topic& topic, const OutputRecord& record);
  void keep_dead_letter(const OutputRecord& record, topology::EventTime now);
  void keep_late(const OutputRecord& record, topology::EventTime now);
  Topic* topic_of(std::string_view name);

  const topology::Plan& plan_;
  const topology::Clock& clock_;
  bool has_sensitive_columns_;
  std::vector<Topic> topics_;  ///< by position in Plan::sink_topics
  std::uint64_t next_id_ = 1;
  std::map<std::string, std::uint64_t, std::less<>> dead_by_reason_;
  std::deque<std::shared_ptr<const DeadLetterSample>> dead_letters_;
  std::deque<std::shared_ptr<const LateSample>> late_;
  std::vector<const OutputRecord*> taken_letters_;  ///< of the commit in hand, newest first
  std::vector<const OutputRecord*> taken_late_;     ///< likewise
};

}  // namespace tallymill::processor
