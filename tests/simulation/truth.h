#pragma once

#include "tests/simulation/outcome.h"
#include "tests/simulation/scene.h"

namespace tallymill::simulation {

/// What a scene must come to, from its logs alone: the slow and simple reading of the rules, in cents and
/// microseconds, which shares no code with the engine. Of the topic `rows` it has every value that a key
/// passes through, of other topics with keys the last one.
Outcome truth_of(const Scene& scene);

}  // namespace tallymill::simulation
