#include "processor/kafka/transactional_producer.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "processor/kafka/broker_lifeline.h"
#include "processor/kafka/client_failure.h"
#include "topology/base/invariant.h"

namespace tallymill::processor::kafka {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

namespace {

constexpr std::uint32_t records_between_polls = 1024;
constexpr int calls_overdue_after = 3;  // times the time-out
constexpr int drop_timeout_ms = 10'000;
constexpr int init_timeout_ms = 1000;
constexpr std::size_t fenced_times_max = 3;
constexpr std::chrono::minutes fenced_window{1};

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

bool is_indefinite(const rd_kafka_error_t* error) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__DESTROY_BROKER || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
         rd_kafka_error_is_retriable(error) != 0;
}

/// librdkafka takes a null payload for a tombstone, which an empty value is not.
void* bytes_of(const std::optional<std::string_view>& text) {
  static constexpr char empty = 0;
  if (!text) return nullptr;
  return const_cast<char*>(text->empty() ? &empty : text->data());
}

std::size_t size_of(const std::optional<std::string_view>& text) { return text ? text->size() : 0; }

}  // namespace

TransactionalProducer::TransactionalProducer(const EngineSettings& settings, ClientNames names, EventLog& log,
                                             Pulse& pulse, const std::atomic<bool>& stop)
    : settings_(settings),
      names_(std::move(names)),
      stop_(stop),
      call_timeout_ms_(transaction_call_timeout_ms(settings)),
      contact_("producer " + names_.client_id, log, pulse) {}

TransactionalProducer::~TransactionalProducer() { drop_client(); }

// For as long as the answer lives. librdkafka may not return in the time that it was given.
Pulse::Call TransactionalProducer::watched(std::string_view what, int timeout_ms) {
  return {contact_.pulse(), what, {std::int64_t{calls_overdue_after} * timeout_ms * 1000}};
}

// Making and dropping a client.

void TransactionalProducer::drop_client() {
  if (client_ != nullptr) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    topics_.clear();
    const auto call = watched("ending a producer", drop_timeout_ms);
    client_.reset();  // its threads end here, and with them every use of the caller's memory
  }
  state_ = State::broken;
  has_records_ = has_offsets_ = is_indefinite_ = has_purged_ = false;
  undelivered_ = 0;
  delivery_failure_.reset();
}

Status TransactionalProducer::open_client() {
  drop_client();
  Result<ClientConf> conf = producer_conf(settings_, names_);
  if (!conf) return conf.error();
  contact_.attach(conf->get(), this);
  requests_ = std::make_unique<RequestCounter>();
  requests_->attach(conf->get());
  // Without a callback for delivery reports librdkafka polls for them, in steps of 10 ms.
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &TransactionalProducer::on_delivery);
  Result<Client> client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

Status TransactionalProducer::connect() {
  while (!stop_.load()) {
    if (const Status status = open_client(); !status) return status;
    const Status status = initialise();
    if (status.ok()) return {};
    // Fenced while it began, or the client ended for a reason that does not last: a new one.
    if (status.error().code != ErrorCode::fenced && status.error().code != ErrorCode::broker_unreachable) {
      return status;
    }
    if (const Status fencing = check_fencing(); !fencing) return fencing;
  }
  const std::string last = contact_.last_failure();
  return Error{
      ErrorCode::broker_unreachable,
      "stopped before the transaction coordinator answered" + (last.empty() ? std::string() : "; " + last),
      "check that the brokers run and can be reached from here"};
}

Status TransactionalProducer::initialise() {
  // Otherwise librdkafka asks for the coordinator on a connection that it is about to close, and waits for
  // 500 ms.
  const rd_kafka_metadata_t* metadata = nullptr;
  while (!stop_.load() &&
         rd_kafka_metadata(client_.get(), 0, nullptr, &metadata, 500) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    contact_.pulse().beat();
    bootstrap_again(client_.get());
    rd_kafka_poll(client_.get(), 100);
  }
  const ClusterMetadata owned(metadata);
  while (!stop_.load()) {
    const ClientError error = initialise_once();
    rd_kafka_poll(client_.get(), 0);
    if (error == nullptr) {
      contact_.answered();
      state_ = State::closed;
      return {};
    }
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    const bool may_succeed = rd_kafka_error_is_retriable(error.get()) != 0 || passes(code);
    if (!may_succeed || rd_kafka_error_is_fatal(error.get()) != 0) {
      if (is_fenced(code)) fenced_at_.push_back(Clock::now());
      return failure("taking over the transactional id", error.get());
    }
    bootstrap_again(client_.get());
    rd_kafka_poll(client_.get(), 20);  // an answer at once must not become a busy loop
  }
  return Error{ErrorCode::broker_unreachable, "stopped", ""};
}

ClientError TransactionalProducer::initialise_once() {
  // Its own bound is what the coordinator may take; the machine may be busy.
  const auto call = watched("taking over the transactional id", std::max(init_timeout_ms, call_timeout_ms_));
  return ClientError(rd_kafka_init_transactions(client_.get(), init_timeout_ms));
}

Status TransactionalProducer::recreate() {
  std::array<char, 512> reason{};
  if (client_ != nullptr && is_fenced(rd_kafka_fatal_error(client_.get(), reason.data(), reason.size()))) {
    fenced_at_.push_back(Clock::now());
  }
  ++statistics_.recreations;
  if (const Status status = check_fencing(); !status) {
    drop_client();
    return status;
  }
  return connect();
}

// Once is ordinary: a transaction that was open for too long is fenced as well. Again and again it is a twin.
Status TransactionalProducer::check_fencing() {
  while (!fenced_at_.empty() && Clock::now() - fenced_at_.front() > fenced_window) fenced_at_.pop_front();
  if (fenced_at_.size() < fenced_times_max) return {};
  return Error{ErrorCode::fenced,
               "the transactional id " + names_.transactional_id + " was taken over " +
                   std::to_string(fenced_times_max) + " times in a minute: another process uses it",
               "let only one process run with this state directory"};
}

// One transaction.

Status TransactionalProducer::failure(std::string_view action, rd_kafka_error_t* error) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  Resource resource{Resource::Kind::transactional_id, names_.transactional_id};
  // Which topic it is stands in librdkafka's log line alone. One that is written costs the transaction its records;
  // else it is one of which offsets were sent.
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    resource = {Resource::Kind::topic, has_purged_ ? written_topics() : "(one that this process reads)"};
  }
  if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) resource = {Resource::Kind::group, names_.group};
  Error text = error_of(code, action, resource, rd_kafka_error_string(error));
  const bool ends_transaction = state_ == State::open && text.code == ErrorCode::kafka_client_failed;
  if (ends_transaction) text.code = ErrorCode::transaction_failed;
  return text;
}

std::string TransactionalProducer::written_topics() const {
  std::string names;
  for (const auto& [name, handle] : topics_) names += (names.empty() ? "" : ", ") + name;
  return topics_.size() == 1 ? names : "(one of " + names + ")";
}

Status TransactionalProducer::begin() {
  INVARIANT(state_ == State::closed, "a transaction was begun inside another one, or on a broken producer");
  requests_->reset();
  has_records_ = has_offsets_ = is_indefinite_ = has_purged_ = false;
  delivery_failure_.reset();
  commit_failure_.reset();
  if (const ClientError error(rd_kafka_begin_transaction(client_.get())); error) {
    state_ = State::broken;
    return failure("beginning a transaction", error.get());
  }
  state_ = State::open;
  return {};
}

Status TransactionalProducer::produce(const OutputRecord& record) {
  INVARIANT(state_ == State::open, "a record was produced outside of a transaction");
  rd_kafka_topic_t* topic = topic_handle(record.topic);
  if (topic == nullptr) {
    return Error{ErrorCode::topic_missing, "'" + std::string(record.topic) + "' cannot be a topic's name",
                 "correct it in the topology"};
  }
  rd_kafka_resp_err_t code = enqueue(topic, record);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) code = enqueue_when_there_is_room(topic, record);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Error error = error_of(code, "producing to topic " + std::string(record.topic),
                           {Resource::Kind::topic, std::string(record.topic)}, rd_kafka_err2str(code));
    if (error.code == ErrorCode::kafka_client_failed) error.code = ErrorCode::transaction_failed;
    return error;
  }
  ++undelivered_;
  has_records_ = true;
  if (++produced_since_poll_ >= records_between_polls) {
    produced_since_poll_ = 0;
    rd_kafka_poll(client_.get(), 0);
  }
  if (delivery_failure_) return *delivery_failure_;
  return {};
}

rd_kafka_topic_t* TransactionalProducer::topic_handle(std::string_view name) {
  if (const auto found = topics_.find(name); found != topics_.end()) return found->second.get();
  Topic topic(rd_kafka_topic_new(client_.get(), std::string(name).c_str(), nullptr));
  if (topic == nullptr) return nullptr;
  return topics_.emplace(std::string(name), std::move(topic)).first->second.get();
}

rd_kafka_resp_err_t TransactionalProducer::enqueue(rd_kafka_topic_t* topic, const OutputRecord& record) {
  if (record.headers.empty()) {
    const int result =
        rd_kafka_produce(topic, record.partition.value, 0, bytes_of(record.value), size_of(record.value),
                         bytes_of(record.key), size_of(record.key), nullptr);
    return result == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
  }
  HeaderList headers(rd_kafka_headers_new(record.headers.size()));
  for (const Header& header : record.headers) {
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        bytes_of(header.value), static_cast<ssize_t>(header.value.size()));
  }
  std::array<rd_kafka_vu_t, 5> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = record.partition.value;
  parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[2].u.mem = {bytes_of(record.value), size_of(record.value)};
  parts[3].vtype = RD_KAFKA_VTYPE_KEY;
  parts[3].u.mem = {bytes_of(record.key), size_of(record.key)};
  parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[4].u.headers = headers.get();
  const ClientError error(rd_kafka_produceva(client_.get(), parts.data(), parts.size()));
  if (error != nullptr) return rd_kafka_error_code(error.get());
  headers.release();  // NOLINT(bugprone-unused-return-value): the message owns them
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t TransactionalProducer::enqueue_when_there_is_room(rd_kafka_topic_t* topic,
                                                                      const OutputRecord& record) {
  const Clock::time_point deadline =
      Clock::now() + std::chrono::microseconds(settings_.transaction_timeout.microseconds);
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__QUEUE_FULL;
  while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && Clock::now() < deadline && !delivery_failure_) {
    rd_kafka_poll(client_.get(), 100);
    code = enqueue(topic, record);
  }
  return code;
}

void TransactionalProducer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* self = BrokerContact::owner_of<TransactionalProducer>(opaque);
  if (self->undelivered_ > 0) --self->undelivered_;
  if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
    self->has_purged_ = true;
    return;
  }
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || self->delivery_failure_) return;
  const std::string topic = rd_kafka_topic_name(message->rkt);
  Error error =
      error_of(message->err, "producing to topic " + topic + "/" + std::to_string(message->partition),
               {Resource::Kind::topic, topic}, rd_kafka_err2str(message->err));
  if (error.code == ErrorCode::kafka_client_failed) error.code = ErrorCode::transaction_failed;
  self->delivery_failure_ = std::move(error);
}

bool TransactionalProducer::flush() {
  const auto call = watched("producing the records of a transaction", call_timeout_ms_);
  return rd_kafka_flush(client_.get(), call_timeout_ms_) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

Status TransactionalProducer::send_offsets(const Offsets& offsets, const GroupMetadata& group) {
  INVARIANT(state_ == State::open, "offsets were sent outside of a transaction");
  INVARIANT(!offsets.empty(), "an empty list of offsets fences nobody");
  // The broker would take such offsets without asking who sends them.
  if (group.member.empty() || group.generation < 0 || group.assignment_lost) {
    return Error{ErrorCode::transaction_failed,
                 "this process is no member of group " + group.group + " any more",
                 "nothing: it aborts, and joins again"};
  }
  if (!flush()) {
    is_indefinite_ = true;
    return Error{ErrorCode::broker_unreachable,
                 "records of the transaction were not taken by the brokers in time",
                 "check that the brokers run and can be reached from here"};
  }
  if (delivery_failure_) return *delivery_failure_;
  const PartitionList list = new_partition_list(offsets.size());
  for (const auto& [partition, offset] : offsets) append(list.get(), partition, offset.value);
  const GroupMetadataHandle metadata(rd_kafka_consumer_group_metadata_new_with_genid(
      group.group.c_str(), group.generation, group.member.c_str(),
      settings_.instance_id.empty() ? nullptr : settings_.instance_id.c_str()));
  has_offsets_ = true;
  const auto call = watched("sending offsets with the transaction", call_timeout_ms_);
  const ClientError error(
      rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), metadata.get(), call_timeout_ms_));
  if (error == nullptr) return {};
  if (is_indefinite(error.get())) is_indefinite_ = true;
  return failure("sending offsets with the transaction", error.get());
}

bool TransactionalProducer::is_sent_once() const {
  const RequestCounter::Counts counts = requests_->counts();
  return counts.end_transaction == (has_records_ || has_offsets_ ? 1 : 0) &&
         counts.offset_commits == (has_offsets_ ? 1 : 0);
}

void TransactionalProducer::note_resends() {
  const RequestCounter::Counts counts = requests_->counts();
  if (counts.end_transaction > 1 || counts.offset_commits > 1) ++statistics_.resends_seen;
}

ClientError TransactionalProducer::commit_once() {
  const auto call = watched("committing a transaction", call_timeout_ms_);
  return ClientError(rd_kafka_commit_transaction(client_.get(), call_timeout_ms_));
}

CommitOutcome TransactionalProducer::commit() {
  INVARIANT(state_ == State::open, "a commit without a transaction");
  // One call that blocks: polled with short time-outs, librdkafka may take the commit's answer for an
  // abort's.
  const ClientError error = commit_once();
  if (error == nullptr) {
    if (is_sent_once() && !is_indefinite_ && !delivery_failure_ && !has_purged_ && undelivered_ == 0) {
      state_ = State::closed;
      return CommitOutcome::committed;
    }
    state_ = State::broken;
    note_resends();
    contact_.log().write(Severity::warning,
                         "a commit succeeded, but a request of it may come again; the producer is made anew",
                         {{"transactional_id", names_.transactional_id}});
    return CommitOutcome::unknown;
  }
  // It was refused before EndTxn went out, such as for a record that was not delivered: then it can be
  // aborted.
  const bool is_undecided = requests_->counts().end_transaction == 0;
  const bool can_abort = rd_kafka_error_txn_requires_abort(error.get()) != 0 &&
                         rd_kafka_error_is_fatal(error.get()) == 0 && is_undecided;
  commit_failure_ = delivery_failure_ ? *delivery_failure_ : failure("committing a transaction", error.get()).error();
  contact_.log().write(Severity::warning, "a commit failed",
                       {{"transactional_id", names_.transactional_id}, {"reason", commit_failure_->message}});
  if (can_abort && abort_open().ok()) return CommitOutcome::aborted;
  state_ = State::broken;
  return CommitOutcome::unknown;
}

Status TransactionalProducer::abort() {
  if (state_ != State::open) return {};
  return abort_open();
}

Status TransactionalProducer::abort_open() {
  // It drops queued records by itself. A rd_kafka_purge() before would leave a gap in the partition's
  // sequence numbers, on which the next transaction fails.
  const auto call = watched("aborting a transaction", call_timeout_ms_);
  const ClientError error(rd_kafka_abort_transaction(client_.get(), call_timeout_ms_));
  if (error != nullptr) {
    Status status = failure("aborting a transaction", error.get());
    state_ = State::broken;
    return status;
  }
  const RequestCounter::Counts counts = requests_->counts();
  const bool is_over =
      counts.end_transaction <= 1 && counts.offset_commits <= 1 && !is_indefinite_ && undelivered_ == 0;
  state_ = is_over ? State::closed : State::broken;
  if (is_over) return {};
  note_resends();
  return Error{ErrorCode::transaction_failed,
               "a transaction was aborted, but a request of it may still be under way",
               "nothing: the producer is made anew"};
}

}  // namespace tallymill::processor::kafka
