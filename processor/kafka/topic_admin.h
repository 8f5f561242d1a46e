#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/broker_contact.h"
#include "processor/kafka/client_config.h"
#include "processor/kafka/rdkafka_handles.h"
#include "processor/kafka/record_purge.h"

namespace tallymill::processor::kafka {

/// Topics over a client of its own, which belongs to no group and produces nothing. Every call but purge() waits for
/// its answer, for half a minute at most. Not thread-safe.
class TopicAdmin final : public Topics {
 public:
  /// `log` and `pulse` must outlive it.
  static topology::Result<std::unique_ptr<TopicAdmin>> make(const EngineSettings& settings, const ClientNames& names,
                                                            EventLog& log, Pulse& pulse);

  /// Waits until a broker answers or `stop` is set, which is seen within a second. What is in the way is
  /// logged once per cause.
  topology::Status wait_for_brokers(const std::atomic<bool>& stop);

  topology::Result<std::optional<std::int32_t>> partition_count(const std::string& topic) override;
  topology::Status create(const std::string& topic, std::int32_t partitions,
                          std::optional<std::int16_t> replication_factor, const TopicConfig& config) override;
  void purge(const Offsets& offsets) override;
  topology::Result<std::vector<topology::Offset>> offsets(std::span<const TopicPartition> partitions,
                                                          LogPlace place) override;
  topology::Result<std::size_t> group_member_count(const std::string& group) override;

 private:
  TopicAdmin(const ClientNames& names, EventLog& log, Pulse& pulse)
      : contact_("admin " + names.client_id, log, pulse), purge_(log) {}
  void serve_callbacks();
  topology::Status wait_for_topic(const std::string& topic, std::int32_t partitions);

  BrokerContact contact_;
  Client client_;
  RecordPurge purge_;
};

}  // namespace tallymill::processor::kafka
