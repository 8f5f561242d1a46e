#include "processor/local/local_sink.h"

#include "topology/base/invariant.h"

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Status;

Status LocalSink::check_epoch() const {
  if (broker_.is_current(id_, epoch_)) return {};
  return Error{ErrorCode::fenced, "a newer producer uses transactional id \"" + id_ + "\"", ""};
}

Status LocalSink::check_open() const {
  if (auto status = check_epoch(); !status) return status;
  if (transaction_ && broker_.open_transaction(id_) == transaction_) return {};
  return Error{ErrorCode::fenced, "the transaction of \"" + id_ + "\" has been ended", ""};
}

Status LocalSink::begin() {
  if (auto status = check_epoch(); !status) return status;
  INVARIANT(!transaction_, "a transaction began within another one");
  transaction_ = broker_.begin_transaction(id_);
  return {};
}

Status LocalSink::produce(const OutputRecord& output) {
  INVARIANT(transaction_.has_value(), "a record was produced outside of a transaction");
  if (auto status = check_open(); !status) return status;
  LocalRecord record;
  if (output.key) record.key = std::string(*output.key);
  if (output.value) record.value = std::string(*output.value);
  for (const Header& header : output.headers) record.headers.emplace_back(header.name, header.value);
  record.timestamp_ms = clock_.now().microseconds / 1000;
  broker_.append(*transaction_, {std::string(output.topic), output.partition}, std::move(record));
  return {};
}

Status LocalSink::send_offsets(const Offsets& offsets, const GroupMetadata& group) {
  if (auto status = check_open(); !status) return status;
  // As librdkafka does: nothing is sent, and so nobody is fenced.
  if (offsets.empty()) return {};
  // Like Kafka, which checks nothing where offsets are sent in the name of no member.
  const bool is_unfenced = group.member.empty() && group.generation == -1;
  if (!is_unfenced && (!broker_.is_member(group.member) || group.generation != broker_.generation())) {
    return Error{ErrorCode::fenced, "the group goes on without member \"" + group.member + "\"", ""};
  }
  broker_.set_offsets(*transaction_, offsets);
  return {};
}

CommitOutcome LocalSink::commit() {
  if (!check_open()) return CommitOutcome::unknown;
  broker_.end_transaction(*transaction_, true);
  transaction_.reset();
  return CommitOutcome::committed;
}

Status LocalSink::abort() {
  if (auto status = check_epoch(); !status) return status;
  if (transaction_ && broker_.open_transaction(id_) == transaction_)
    broker_.end_transaction(*transaction_, false);
  transaction_.reset();
  return {};
}

Status LocalSink::recreate() {
  ++recreations_;
  epoch_ = broker_.new_epoch(id_);
  transaction_.reset();
  return {};
}

}  // namespace tallymill::processor
