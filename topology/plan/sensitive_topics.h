#pragma once

#include <string>
#include <vector>

#include "topology/plan/plan.h"

namespace tallymill::topology {

/// A topic that the application writes and that holds values of sensitive columns in clear.
struct SensitiveTopic {
  std::string topic;
  std::string holds;  ///< "rows", "late rows", "partials", "state", "dead letters"
};

/// In the order output topics, late rows, repartition topics, changelogs, dead letters; each topic once. What
/// must be guarded like the table itself: for `explain` and for lint.
std::vector<SensitiveTopic> sensitive_topics(const Plan& plan);

/// The same for people, with a line for each; empty where no column is sensitive.
std::string sensitive_topics_text(const Plan& plan);

/// Whether any declared column is sensitive.
bool has_sensitive_columns(const Plan& plan);

}  // namespace tallymill::topology
