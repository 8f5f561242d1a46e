#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/commands/run.h"
#include "processor/metrics/report_sum.h"
#include "topology/base/time.h"

namespace tallymill::processor {

/// The public listener shows no row data and nothing of the configuration; the other is for operators.
enum class Audience : std::uint8_t { everyone, operators };

struct Response {
  unsigned status = 200;
  std::string_view content_type;
  std::string body;
};

/// What each path answers, from worker reports alone. Thread-safe.
class Routes {
 public:
  explicit Routes(const ServedParts& parts) : parts_(parts), started_(parts.clock.now()) {}

  /// A GET of `path`, without its query. Everyone: /livez /readyz /metrics /version; operators also /topology
  /// /tasks /config. Status 404 names the paths that there are.
  Response get(Audience audience, std::string_view path) const;

 private:
  Response livez() const;
  Response readyz() const;
  Response metrics() const;
  Response version() const;
  Response topology() const;
  Response tasks() const;
  Response config() const;
  /// Of the workers that have reported.
  WorkerReports reports() const;
  /// Empty until the engine has a layout.
  std::vector<std::string> pipeline_names() const;

  ServedParts parts_;
  topology::EventTime started_;
};

}  // namespace tallymill::processor
