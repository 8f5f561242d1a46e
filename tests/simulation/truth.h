#pragma once

#include "tests/simulation/outcome.h"
#include "tests/simulation/scene.h"

namespace tallymill::simulation {

/// What the truth holds of a scene besides its outcome.
struct TruthNotes {
  /// Windows for which value + late is not what the rows of the table sum up to: the truth is wrong then.
  std::vector<std::string> imbalances;
  /// How often the histories held what they are made for, by name.
  std::map<std::string, std::uint64_t> met;
};

/// What a scene must come to, from its logs alone: the slow and simple reading of the rules, in cents and
/// microseconds, which shares no code with the engine. Of the topic `rows` it has every value that a key
/// passes through, of other topics with keys the last one.
Outcome truth_of(const Scene& scene, TruthNotes& notes);

}  // namespace tallymill::simulation
