#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "processor/event_log.h"
#include "processor/io.h"
#include "processor/runtime/engine.h"
#include "processor/settings/engine_config.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

struct RunOptions {
  std::string topology;
  std::string config_file;            ///< engine.yaml; empty: none
  std::vector<std::string> settings;  ///< "path=value"
  std::string until;                  ///< "end", a time, or empty: for ever
  bool dry_run = false;
};

/// What the HTTP listeners may look at.
struct ServedParts {
  const topology::Plan& plan;
  const EngineConfig& config;
  const Engine& engine;
  const topology::Clock& clock;
  EventLog& log;
};

/// Serves until it is destroyed.
class AdminService {
 public:
  virtual ~AdminService() = default;
};

/// What `run` needs of libraries that only the executable links.
struct RunParts {
  KafkaPropertyCheck check_kafka_property;
  std::function<std::unique_ptr<Connector>(const EngineSettings& settings, const std::string& group,
                                           const std::string& process_id, EventLog& log,
                                           const std::atomic<bool>& stop)>
      connect;
  std::function<topology::Result<std::unique_ptr<AdminService>>(const ServedParts& parts)> serve;
};

/// Runs a topology on Kafka until a signal, the end of a backfill, or an error.
int run_run(const RunOptions& options, const RunParts& parts);

}  // namespace tallymill::processor
