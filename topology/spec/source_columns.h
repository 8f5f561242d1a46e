#pragma once

#include <string>
#include <vector>

#include "topology/spec/document.h"

namespace tallymill::topology {

/// Reads `columns`, each `name: type` or `name: { type: .. }`, and checks the columns that amounts name as
/// their currency. `owner` names the source in messages.
std::vector<ColumnDeclaration> read_columns(const YamlNode& node, const std::string& owner,
                                            Diagnostics& diagnostics);

/// The columns of a source by name, for the fields that name some.
class ColumnIndex {
 public:
  /// `columns` must outlive this.
  explicit ColumnIndex(const std::vector<ColumnDeclaration>& columns);

  /// Null if there is none.
  const ColumnDeclaration* find(const std::string& name) const;
  /// The column; if there is none, that is reported at the use and null returned.
  const ColumnDeclaration* find(const NameUse& use, const std::string& owner, Diagnostics& diagnostics) const;

 private:
  std::vector<const ColumnDeclaration*> by_name_;  ///< sorted
  std::vector<std::string> names_;
};

}  // namespace tallymill::topology
