#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/chance.h"
#include "tests/simulation/history.h"

namespace tallymill::simulation {

/// A source of the scene and what its connector tells.
struct SceneSource {
  std::string topic;
  bool is_events = false;
  std::vector<PartitionLog> logs;  ///< by partition
};

/// What one seed runs: the topology, and the logs of its sources. Two runs of one scene must come to the
/// same.
struct Scene {
  std::string topology;
  std::vector<SceneSource> sources;
};

/// Times of the scene's topologies, in microseconds, for the truth.
inline constexpr std::int64_t second_us = 1'000'000;
inline constexpr std::int64_t minute_us = 60 * second_us;
inline constexpr std::int64_t max_ahead_us = 10 * second_us;
struct Lateness {
  std::int64_t out_of_orderness_us;
  std::int64_t grace_us;
};
inline constexpr Lateness payment_lateness{2 * second_us, 5 * second_us};
inline constexpr Lateness click_lateness{1 * second_us, 3 * second_us};

inline constexpr const char* payments_topic = "cdc.payments";
inline constexpr const char* clicks_topic = "cdc.clicks";

/// Draws a scene: a changing table, a source of facts, or both.
Scene make_scene(Chance& chance);

}  // namespace tallymill::simulation
