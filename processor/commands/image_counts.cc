#include "processor/commands/image_counts.h"

namespace tallymill::processor {
namespace {

void print_line(std::ostream& out, std::string_view place, const ImageCounts& counts) {
  out << place << " " << counts.received;
  for (std::size_t i = 0; i < ops::image_fate_count; ++i) {
    out << (i == 0 ? ": " : ", ") << name_of(static_cast<ops::ImageFate>(i)) << " " << counts.by_fate[i];
  }
  out << "\n";
}

}  // namespace

void print_image_counts(std::ostream& out, const FateTotals& fates, const CountedPlaces& places) {
  for (std::size_t i = 0; i < places.pipelines.size(); ++i) {
    print_line(out, places.pipelines[i] + ": before and after images", fates.pipelines[i]);
    for (std::size_t k = 0; k < places.steps.size(); ++k) {
      if (places.steps[k].pipeline == places.pipelines[i])
        print_line(out, "  " + places.steps[k].step + ": images", fates.steps[k]);
    }
  }
}

}  // namespace tallymill::processor
