#include "topology/base/error.h"

#include <array>

#include "topology/base/invariant.h"

namespace tallymill::topology {
namespace {

struct ErrorCodeRow {
  std::string_view name;
  ErrorClass error_class;
  std::string_view meaning;
};

constexpr auto error_code_rows = std::to_array<ErrorCodeRow>({
#define TALLYMILL_ERROR_CODE(name, error_class, meaning) {#name, ErrorClass::error_class, meaning},
#include "topology/base/error_codes.def"
#undef TALLYMILL_ERROR_CODE
});

const ErrorCodeRow& row_of(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code);
  INVARIANT(index < error_code_rows.size(), "an error code outside the table");
  return error_code_rows[index];
}

}  // namespace

std::string_view name_of(ErrorCode code) { return row_of(code).name; }
std::string_view meaning_of(ErrorCode code) { return row_of(code).meaning; }
ErrorClass class_of(ErrorCode code) { return row_of(code).error_class; }

}  // namespace tallymill::topology
