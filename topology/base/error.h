#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tallymill::topology {

/// Every error that a user can meet. Names and meanings are in error_codes.def, and only there.
enum class ErrorCode : std::uint16_t {
#define TALLYMILL_ERROR_CODE(name, error_class, meaning) name,
#include "topology/base/error_codes.def"
#undef TALLYMILL_ERROR_CODE
};

/// What is done about an error.
enum class ErrorClass : std::uint8_t {
  record,         ///< this record becomes a dead letter, the stream goes on
  evaluation,     ///< an expression's own error; the row's dead letter names it
  configuration,  ///< nothing starts; the user corrects a file or the command line
  transient,      ///< a broker could not do it now; the worker begins anew
  stop,           ///< the engine stops rather than produce a wrong number
};

/// The name users see and search for, such as "missing_column".
std::string_view name_of(ErrorCode code);
/// One clause that says what the code means, without a full stop.
std::string_view meaning_of(ErrorCode code);
ErrorClass class_of(ErrorCode code);

/// What happened, and what to do. Holds no secret and no value of a sensitive column.
struct Error {
  ErrorCode code;
  std::string message;  ///< one sentence: what happened and where
  std::string hint;     ///< what to do; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace tallymill::topology
