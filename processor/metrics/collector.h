#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "processor/metrics/report_sum.h"
#include "topology/base/time.h"
#include "topology/plan/plan.h"

namespace tallymill::processor {

/// What is measured, of the workers' last reports alone. Counters count from the start of the process and are
/// summed over its workers; sums over instances are the whole group's.
std::vector<prometheus::MetricFamily> collect_metrics(const topology::Plan& plan,
                                                      const WorkerReports& reports, std::size_t workers,
                                                      topology::EventTime started, const topology::Clock& clock);

/// In Prometheus's text format.
std::string metrics_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace tallymill::processor
