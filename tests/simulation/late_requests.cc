#include "tests/simulation/late_requests.h"

#include <algorithm>

namespace tallymill::simulation {

void LateRequests::deliver(const std::string& transactional_id) {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
    return request.transactional_id == transactional_id;
  });
  if (found == requests_.end()) return;
  const Request request = std::move(*found);
  requests_.erase(found);
  arrive(request);
}

void LateRequests::deliver_all() {
  for (const Request& request : std::exchange(requests_, {})) arrive(request);
}

void LateRequests::arrive(const Request& request) {
  const auto open = broker_.open_transaction(request.transactional_id);
  if (!open) return;
  if (!broker_.is_current(request.transactional_id, request.epoch)) {
    faults_.happened(request.offsets ? Fault::late_offsets : Fault::late_end);
    return;
  }
  faults_.note("a late request of " + request.transactional_id + " was taken");
  if (request.offsets) {
    broker_.set_offsets(*open, *request.offsets);
  } else {
    broker_.end_transaction(*open, request.commits);
  }
}

}  // namespace tallymill::simulation
