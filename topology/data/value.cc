#include "topology/data/value.h"

namespace tallymill::topology {

std::string_view name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::unset: return "absent";
    case ValueKind::null: return "null";
    case ValueKind::boolean: return "bool";
    case ValueKind::integer: return "int";
    case ValueKind::unsigned_integer: return "uint";
    case ValueKind::floating: return "double";
    case ValueKind::decimal: return "decimal";
    case ValueKind::string: return "string";
    case ValueKind::bytes: return "bytes";
    case ValueKind::timestamp: return "timestamp";
    case ValueKind::duration: return "duration";
    case ValueKind::date: return "date";
    case ValueKind::time_of_day: return "time";
    case ValueKind::list: return "list";
    case ValueKind::map: return "map";
    case ValueKind::type: return "type";
    case ValueKind::error: return "error";
    case ValueKind::unavailable: return "unavailable";
  }
  INVARIANT(false, "a value kind outside the enumeration");
}

}  // namespace tallymill::topology
