#pragma once

#include <ostream>

#include "processor/runtime/fate_totals.h"

namespace tallymill::processor {

/// Prints what became of the images in every pipeline, and below it at each of its steps, a line each.
void print_image_counts(std::ostream& out, const FateTotals& fates, const CountedPlaces& places);

}  // namespace tallymill::processor
