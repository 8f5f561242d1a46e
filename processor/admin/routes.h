#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  std::vector<std::pair<std::string_view, std::string>> headers = {};  ///< beside the type
};

/// What each path answers, from worker reports alone. Thread-safe.
class Routes {
 public:
  explicit Routes(const ServedParts& parts);

  /// A GET of `path`, without its query. Everyone: /livez /readyz /metrics /version; operators also /topology
  /// /tasks /results /letters /config, and the console. Status 404 names the paths that there are.
  Response get(Audience audience, std::string_view path) const;
  /// Whether a page of that origin may read the operators' answers: the console of another instance, by
  /// `admin.peers`.
  bool may_read_from(std::string_view origin) const;

 private:
  Response livez() const;
  Response readyz() const;
  Response metrics() const;
  Response version() const;
  Response topology() const;
  Response tasks() const;
  Response results() const;
  Response letters() const;
  Response config() const;
  Response root() const;
  Response console() const;
  /// Of the workers that have reported.
  WorkerReports reports() const;
  /// Sentences; none: it is ready.
  std::vector<std::string> reasons_not_ready() const;

  ServedParts parts_;
  topology::EventTime started_;
  std::vector<std::string> peers_;  ///< HOST:PORT
};

}  // namespace tallymill::processor
