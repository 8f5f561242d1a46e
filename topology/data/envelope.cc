#include "topology/data/envelope.h"

#include "topology/base/invariant.h"

namespace tallymill::topology {

std::string_view wire_name_of(ChangeOperation operation) {
  switch (operation) {
    case ChangeOperation::create:
      return "c";
    case ChangeOperation::update:
      return "u";
    case ChangeOperation::remove:
      return "d";
    case ChangeOperation::read:
      return "r";
    case ChangeOperation::truncate:
      return "t";
    case ChangeOperation::tombstone:
    case ChangeOperation::ignored:
    case ChangeOperation::unknown:
      return "";
  }
  INVARIANT(false, "a change operation outside the enumeration");
}

}  // namespace tallymill::topology
