// Any bytes as a record of an internal topic: a changelog's key, a task's metadata, a frame. Whoever else
// wrote them, they are refused or read, and metadata that can be read is written again as it was.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/partial_frame.h"
#include "processor/runtime/task_metadata.h"
#include "processor/state/changelog.h"
#include "topology/base/invariant.h"

namespace {

using namespace tallymill;

void read_metadata(std::string_view bytes) {
  const processor::CountedPlaces places = {{"a", "b"}, {{"a", "filter"}, {"b", "sum results"}}};
  const auto progress = processor::read_task_metadata(bytes, places);
  if (!progress) return;
  const std::string written = processor::write_task_metadata(*progress, places);
  const auto again = processor::read_task_metadata(written, places);
  INVARIANT(again.ok() && processor::write_task_metadata(*again, places) == written,
            "metadata changes when it is written again");
}

void read_frame(std::string_view bytes) {
  auto frame = processor::FrameReader::open(bytes);
  if (!frame) return;
  std::size_t seen = 0;
  while (const auto entry = frame->next()) seen += entry->key.size() + entry->delta.size();
  INVARIANT(seen <= bytes.size(), "a frame has more than its bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)processor::read_changelog_key(bytes);
  read_metadata(bytes);
  read_frame(bytes);
  return 0;
}
