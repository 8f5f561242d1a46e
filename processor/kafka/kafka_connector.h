#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "processor/engine_settings.h"
#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/kafka/client_config.h"

namespace tallymill::processor::kafka {

/// Connections to a real Kafka. Thread-safe.
class KafkaConnector final : public Connector {
 public:
  /// `group` is the consumer group's name, `process_id` what distinguishes this process from others of the
  /// group and stays the same when it starts again: the transactional id of a worker is
  /// `group-process_id-worker`. The connector, `log` and `stop` must outlive its connections. Setting `stop`
  /// ends every wait for brokers within seconds.
  KafkaConnector(EngineSettings settings, std::string group, std::string process_id, EventLog& log,
                 const std::atomic<bool>& stop);

  topology::Result<WorkerConnections> connect_worker(std::uint32_t worker, Pulse& pulse) override;
  topology::Result<std::unique_ptr<Topics>> connect_topics() override;
  topology::Result<std::unique_ptr<ChangelogReader>> connect_changelogs() override;

 private:
  topology::Status check_settings() const;
  topology::Result<std::unique_ptr<Topics>> connect_topics(const std::string& client_id, Pulse& pulse);

  const EngineSettings settings_;
  const std::string group_;
  const std::string process_id_;
  EventLog& log_;
  const std::atomic<bool>& stop_;
  Pulse pulse_;  ///< of whoever is no worker; nobody looks at it
};

}  // namespace tallymill::processor::kafka
