#include "processor/kafka/consumer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "processor/kafka/admin_requests.h"
#include "processor/kafka/client_failure.h"
#include "processor/kafka/committed_offsets.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Offset;
using topology::Result;
using topology::Status;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int seek_timeout_ms = 10'000;
constexpr std::chrono::seconds metadata_budget{30};
// Leaving takes one request. Without brokers nobody hears it, and the session's end does the same.
constexpr std::chrono::seconds close_budget{5};

}  // namespace

GroupConsumer::GroupConsumer(const EngineSettings& settings, ClientNames names, EventLog& log, Pulse& pulse)
    : settings_(settings),
      names_(std::move(names)),
      contact_("consumer " + names_.client_id, log, pulse),
      protocol_(settings.group_protocol),
      may_fall_back_(settings.group_protocol == GroupProtocol::automatic) {
  if (protocol_ == GroupProtocol::automatic) {
    protocol_ = settings.instance_id.empty() ? GroupProtocol::consumer : GroupProtocol::classic;
  }
}

GroupConsumer::~GroupConsumer() {
  // Whoever wants the group to hear of it has called close(); the listener may be gone by now.
  batch_.release();
  topic_handles_.clear();
}

Status GroupConsumer::open(GroupProtocol protocol) {
  Result<ClientConf> conf = group_consumer_conf(settings_, names_, protocol);
  if (!conf) return conf.error();
  contact_.attach(conf->get(), this);
  rd_kafka_conf_set_rebalance_cb(conf->get(), &GroupConsumer::on_rebalance);
  rd_kafka_conf_set_stats_cb(conf->get(), &GroupConsumer::on_statistics);
  Result<Client> client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  client_ = std::move(*client);
  // Errors, log lines and records come through one queue, so that poll() serves them all.
  rd_kafka_poll_set_consumer(client_.get());
  queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  protocol_ = protocol;
  if (const Status status = check_topics(); !status) return status;

  const PartitionList topics = new_partition_list(topics_.size());
  for (const std::string& topic : topics_) {
    topic_handles_.emplace_back(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
    append(topics.get(), {topic, topology::Partition(RD_KAFKA_PARTITION_UA)}, RD_KAFKA_OFFSET_INVALID);
  }
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, "subscribing", {Resource::Kind::group, names_.group}, rd_kafka_err2str(code));
  }
  return {};
}

// Under KIP-848 nobody says that a subscribed topic does not exist: the member just gets nothing of it.
Status GroupConsumer::check_topics() {
  for (const std::string& topic : topics_) {
    const Result<std::optional<std::int32_t>> partitions = count_partitions(client_.get(), topic);
    // Brokers that are down now are waited for by the group's own means.
    if (!partitions && partitions.error().code == ErrorCode::broker_unreachable) return {};
    if (!partitions) return partitions.error();
    if (!partitions->has_value()) {
      return error_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "subscribing", {Resource::Kind::topic, topic},
                      "");
    }
  }
  return {};
}

Status GroupConsumer::subscribe(const std::vector<std::string>& topics, AssignmentListener& listener) {
  INVARIANT(client_ == nullptr, "a source was subscribed twice");
  topics_ = topics;
  listener_ = &listener;
  return open(protocol_);
}

Status GroupConsumer::fall_back_to_classic() {
  contact_.log().write(Severity::info,
                       "the brokers do not have the group protocol `consumer` (KIP-848); using `classic`",
                       {{"group", names_.group}});
  may_fall_back_ = false;
  batch_.release();
  topic_handles_.clear();
  queue_.reset();
  client_.reset();
  assigned_.clear();
  return open(GroupProtocol::classic);
}

// Rebalances. Both protocols take and give partitions one by one (cooperative-sticky; KIP-848 by its nature).

void GroupConsumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* self = BrokerContact::owner_of<GroupConsumer>(opaque);
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    self->assign(partitions);
  } else {
    // Also of an error: whatever happened, nothing may be read before the group has shared out anew.
    self->unassign(partitions);
  }
}

void GroupConsumer::assign(rd_kafka_topic_partition_list_t* partitions) {
  std::vector<TopicPartition> names;
  for (int i = 0; i < partitions->cnt; ++i) {
    names.push_back(partition_of(partitions->elems[i]));
    assigned_[names.back()] = Assigned{.is_moved = true};
  }
  if (Status status = start_paused(partitions); !status) {
    callback_failure_ = std::move(status);
    for (const TopicPartition& name : names) assigned_.erase(name);
    return;
  }
  if (!names.empty()) listener_->assigned(names);
}

// The pause comes first: between a start and a pause librdkafka could fetch, and an answer that offset 0 is
// out of range would stop the partition behind a seek that has moved it. A logical start such as the end will
// not do: the query for it is repeated when a seek overtakes its answer, and then undoes the seek
// (librdkafka 2.14.2, rd_kafka_toppar_handle_Offset).
Status GroupConsumer::start_paused(rd_kafka_topic_partition_list_t* partitions) {
  const auto is_unknown = [](const rd_kafka_topic_partition_t& entry) { return entry.err != 0; };
  const Clock::time_point deadline = Clock::now() + metadata_budget;
  while (true) {
    rd_kafka_pause_partitions(client_.get(), partitions);
    if (std::none_of(partitions->elems, partitions->elems + partitions->cnt, is_unknown)) break;
    if (Clock::now() >= deadline) {
      return Error{ErrorCode::topic_missing,
                   "group " + names_.group + " was assigned partitions that the brokers do not describe",
                   "look whether one of its topics was deleted"};
    }
    contact_.pulse().beat();
    bootstrap_again(client_.get());
    for (const Topic& topic : topic_handles_) {
      const rd_kafka_metadata_t* metadata = nullptr;
      rd_kafka_metadata(client_.get(), 0, topic.get(), &metadata, 1000);
      const ClusterMetadata owned(metadata);
    }
  }
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = 0;
  const ClientError error(rd_kafka_incremental_assign(client_.get(), partitions));
  if (error == nullptr) return {};
  return error_of(rd_kafka_error_code(error.get()), "taking assigned partitions",
                  {Resource::Kind::group, names_.group}, rd_kafka_error_string(error.get()));
}

// After an error about its offset a partition stands still and takes no seek: only an assignment starts it
// again.
Status GroupConsumer::restart(const TopicPartition& partition) {
  const PartitionList list = new_partition_list(1);
  append(list.get(), partition, 0);
  const ClientError error(rd_kafka_incremental_unassign(client_.get(), list.get()));
  if (error != nullptr) {
    return error_of(rd_kafka_error_code(error.get()), "starting a partition again",
                    {Resource::Kind::group, names_.group}, rd_kafka_error_string(error.get()));
  }
  assigned_at(partition).is_held = true;
  return start_paused(list.get());
}

void GroupConsumer::unassign(rd_kafka_topic_partition_list_t* partitions) {
  std::vector<TopicPartition> names;
  for (int i = 0; i < partitions->cnt; ++i) {
    TopicPartition name = partition_of(partitions->elems[i]);
    // One whose assignment failed was never told to the listener.
    if (assigned_.contains(name)) names.push_back(std::move(name));
  }
  const bool lost = rd_kafka_assignment_lost(client_.get()) != 0;
  if (!names.empty()) listener_->revoked(names, lost);
  for (const TopicPartition& name : names) assigned_.erase(name);
  if (const ClientError error(rd_kafka_incremental_unassign(client_.get(), partitions)); error) {
    callback_failure_ = error_of(rd_kafka_error_code(error.get()), "giving up partitions",
                                 {Resource::Kind::group, names_.group}, rd_kafka_error_string(error.get()));
  }
}

// Where partitions go on.

GroupConsumer::Assigned& GroupConsumer::assigned_at(const TopicPartition& partition) {
  const auto found = assigned_.find(partition);
  INVARIANT(found != assigned_.end(), "a partition that is not assigned was paused, resumed or moved");
  return found->second;
}

Status GroupConsumer::resume(const TopicPartition& partition, Offset offset) {
  Assigned& assigned = assigned_at(partition);
  assigned.is_paused = false;
  return seek(std::array{std::pair(partition, offset)});
}

Status GroupConsumer::pause(const TopicPartition& partition) {
  Assigned& assigned = assigned_at(partition);
  assigned.is_paused = true;
  assigned.is_held = true;
  assigned.is_moved = true;
  assigned.start.reset();
  const PartitionList list = new_partition_list(1);
  append(list.get(), partition, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_pause_partitions(client_.get(), list.get());
  return {};
}

Status GroupConsumer::seek(std::span<const std::pair<TopicPartition, Offset>> positions) {
  for (const auto& [partition, offset] : positions) {
    Assigned& assigned = assigned_at(partition);
    if (assigned.is_paused) continue;  // resume() names its offset
    assigned.start = offset.value;
    assigned.next = offset.value;
    assigned.is_moved = true;
  }
  return start_where_possible();
}

// A partition that librdkafka has not started yet answers _STATE, and is tried again at the next poll, as is
// a seek that a rebalance has overtaken (_OUTDATED): librdkafka starts fetchers on its own thread, and after
// a rebalance only once the old ones have stopped. The seek is a barrier: what was fetched before it is never
// returned after it. It also makes librdkafka forget the position it remembers of its own, to which it would
// go back after the pause of a rebalance.
Status GroupConsumer::start_where_possible() {
  const PartitionList list = new_partition_list(assigned_.size());
  for (const auto& [partition, assigned] : assigned_) {
    if (assigned.start) append(list.get(), partition, *assigned.start);
  }
  if (list->cnt == 0) return {};
  if (const ClientError error(rd_kafka_seek_partitions(client_.get(), list.get(), seek_timeout_ms)); error) {
    return error_of(rd_kafka_error_code(error.get()), "moving to committed offsets",
                    {Resource::Kind::group, names_.group}, rd_kafka_error_string(error.get()));
  }
  const PartitionList started = new_partition_list(assigned_.size());
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = list->elems[i];
    const TopicPartition partition = partition_of(entry);
    if (entry.err == RD_KAFKA_RESP_ERR__STATE || entry.err == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS ||
        entry.err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || entry.err == RD_KAFKA_RESP_ERR__OUTDATED) {
      continue;
    }
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return error_of(entry.err, "moving to offset " + std::to_string(entry.offset),
                      {Resource::Kind::topic, partition.topic}, rd_kafka_err2str(entry.err));
    }
    Assigned& assigned = assigned_at(partition);
    assigned.start.reset();
    if (std::exchange(assigned.is_held, false)) {
      append(started.get(), partition, RD_KAFKA_OFFSET_INVALID);
    }
  }
  if (started->cnt == 0) return {};
  // Twice: a resumption that a rebalance overtakes is dropped as outdated, which nobody is told. Of a
  // partition that runs the second does nothing.
  rd_kafka_resume_partitions(client_.get(), started.get());
  rd_kafka_resume_partitions(client_.get(), started.get());
  return {};
}

// A rebalance inside a poll may move partitions of which librdkafka has collected records for that poll
// already, and may collect more behind it. Nothing tells the two apart, so all are dropped and the partition
// is moved again.
Status GroupConsumer::settle_moved() {
  for (auto& [partition, assigned] : assigned_) {
    if (!assigned.is_moved) continue;
    assigned.is_moved = false;
    if (!assigned.is_paused && !assigned.start) assigned.start = assigned.next;
  }
  return start_where_possible();
}

// Reading.

Result<std::span<const InputRecord>> GroupConsumer::poll(std::size_t records_max,
                                                         topology::Duration timeout) {
  INVARIANT(client_ != nullptr, "a source was polled that is not subscribed");
  INVARIANT(!is_polling_, "a source was polled inside its own poll");
  batch_.release();
  records_.clear();
  if (const Status status = start_where_possible(); !status) return status.error();
  for (auto& [partition, assigned] : assigned_) assigned.is_moved = false;

  is_polling_ = true;
  batch_.take_available(queue_.get(), records_max, milliseconds_of(timeout));
  is_polling_ = false;

  if (!callback_failure_) return std::exchange(callback_failure_, {}).error();
  if (const Status status = check_errors(); !status) return status.error();
  collect_records();
  if (const Status status = settle_moved(); !status) return status.error();
  if (batch_.messages().empty()) {
    lifeline_.check(client_.get());
  } else if (!records_.empty()) {
    contact_.answered();
  }
  return std::span<const InputRecord>(records_);
}

void GroupConsumer::collect_records() {
  const rd_kafka_topic_t* topic = nullptr;
  std::int32_t number = -1;
  Assignment::value_type* current = nullptr;
  for (const rd_kafka_message_t* message : batch_.messages()) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (message->rkt != topic || message->partition != number) {
      topic = message->rkt;
      number = message->partition;
      current = assigned_of(*message);
    }
    if (current == nullptr) continue;
    Assigned& assigned = current->second;
    if (assigned.is_paused || assigned.start || assigned.is_moved) continue;
    if (message->offset < assigned.next) {
      ++repeats_dropped_;
      continue;
    }
    assigned.next = message->offset + 1;
    records_.push_back(input_record_of(*message, current->first));
  }
}

GroupConsumer::Assignment::value_type* GroupConsumer::assigned_of(const rd_kafka_message_t& message) {
  const std::string_view topic = rd_kafka_topic_name(message.rkt);
  const auto found = std::find_if(assigned_.begin(), assigned_.end(), [&](const auto& entry) {
    return entry.first.partition.value == message.partition && entry.first.topic == topic;
  });
  return found == assigned_.end() ? nullptr : &*found;
}

// The group.

Result<std::vector<std::optional<Offset>>> GroupConsumer::committed(
    std::span<const TopicPartition> partitions) {
  INVARIANT(client_ != nullptr, "offsets were asked for before the source was subscribed");
  return read_committed_offsets(client_.get(), names_.group, partitions);
}

std::optional<Offset> GroupConsumer::position(const TopicPartition& partition) {
  const auto found = assigned_.find(partition);
  if (found == assigned_.end() || found->second.is_paused) return std::nullopt;
  // librdkafka's own position also passes control and aborted records, once it has been told where to begin.
  std::int64_t position = found->second.next;
  const PartitionList list = new_partition_list(1);
  append(list.get(), partition, RD_KAFKA_OFFSET_INVALID);
  if (!found->second.start && rd_kafka_position(client_.get(), list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    position = std::max(position, list->elems[0].offset);
  }
  return Offset(position);
}

std::optional<Offset> GroupConsumer::end_offset(const TopicPartition& partition) {
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  if (rd_kafka_get_watermark_offsets(client_.get(), partition.topic.c_str(), partition.partition.value, &low,
                                     &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    // librdkafka forgets it with the connection, and a lag must not vanish while nobody can be asked.
    const auto found = assigned_.find(partition);
    return found == assigned_.end() ? std::nullopt : found->second.end;
  }
  if (const auto found = assigned_.find(partition); found != assigned_.end()) found->second.end = Offset(high);
  return Offset(high);
}

int GroupConsumer::on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  BrokerContact::owner_of<GroupConsumer>(opaque)->unstable_records_.take({json, size});
  return 0;  // librdkafka frees it
}

GroupMetadata GroupConsumer::group_metadata() {
  GroupMetadata metadata{.group = names_.group};
  if (client_ == nullptr) return metadata;
  const GroupMetadataHandle handle(rd_kafka_consumer_group_metadata(client_.get()));
  if (handle == nullptr) return metadata;
  metadata.member = rd_kafka_consumer_group_metadata_member_id(handle.get());
  metadata.generation = rd_kafka_consumer_group_metadata_generation_id(handle.get());
  metadata.assignment_lost = rd_kafka_assignment_lost(client_.get()) != 0;
  return metadata;
}

void GroupConsumer::close() {
  if (client_ == nullptr) return;
  batch_.release();
  records_.clear();
  // Not the consumer's own queue: librdkafka forwards that one to the queue of the farewell.
  const Queue farewell(rd_kafka_queue_new(client_.get()));
  const ClientError error(rd_kafka_consumer_close_queue(client_.get(), farewell.get()));
  const Clock::time_point deadline = Clock::now() + close_budget;
  while (error == nullptr && rd_kafka_consumer_closed(client_.get()) == 0 && Clock::now() < deadline) {
    batch_.take(farewell.get(), 1, 50);
    batch_.release();
  }
  if (!assigned_.empty()) {
    // No revocation came in time, so the group does not wait for one: nothing of these may be committed.
    std::vector<TopicPartition> names;
    for (const auto& entry : assigned_) names.push_back(entry.first);
    listener_->revoked(names, true);
    assigned_.clear();
  }
  topic_handles_.clear();
  queue_.reset();
  client_.reset();
}

}  // namespace tallymill::processor::kafka
