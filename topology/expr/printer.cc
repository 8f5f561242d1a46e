#include <array>

#include "topology/expr/syntax.h"

namespace tallymill::topology {
namespace {

/// How tightly an operator binds; an operand that binds less needs parentheses.
enum Precedence : int { conditional = 0, logical_or, logical_and, relation, sum, product, unary, member };

int precedence_of(const SyntaxNode& node) {
  if (node.kind != SyntaxKind::operation) return member;
  const std::string& sign = node.text;
  if (sign == "?:") return conditional;
  if (sign == "||") return logical_or;
  if (sign == "&&") return logical_and;
  if (sign == "[]") return member;
  if (node.children.size() == 1) return unary;
  if (sign == "+" || sign == "-") return sum;
  if (sign == "*" || sign == "/" || sign == "%") return product;
  return relation;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plain_name(const std::string& name) {
  constexpr auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || !is_letter(name[0])) return false;
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

void print_name(std::string& out, const std::string& name) {
  out += is_plain_name(name) ? name : "`" + name + "`";
}

void print_quoted(std::string& out, const std::string& content, bool is_bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  out += is_bytes ? "b\"" : "\"";
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F || (is_bytes && byte > 0x7F)) {
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    } else {
      out += c;
    }
  }
  out += '"';
}

class Printer {
 public:
  std::string out;

  void print(const SyntaxNode& node) {
    switch (node.kind) {
      case SyntaxKind::null_literal:
      case SyntaxKind::boolean_literal:
      case SyntaxKind::integer_literal:
      case SyntaxKind::floating_literal:
        out += node.text;
        return;
      case SyntaxKind::unsigned_literal:
        out += node.text + "u";
        return;
      case SyntaxKind::string_literal:
        return print_quoted(out, node.text, false);
      case SyntaxKind::bytes_literal:
        return print_quoted(out, node.text, true);
      case SyntaxKind::identifier:
        if (node.is_absolute) out += '.';
        return print_name(out, node.text);
      case SyntaxKind::select:
        print_operand(*node.children[0], member);
        out += '.';
        return print_name(out, node.text);
      case SyntaxKind::operation:
        return print_operation(node);
      case SyntaxKind::call:
        return print_call(node);
      case SyntaxKind::list:
        return print_items(node, 0, '[', ']');
      case SyntaxKind::map:
        return print_items(node, 0, '{', '}');
    }
  }

 private:
  void print_operand(const SyntaxNode& node, int precedence_min) {
    const bool needs_parentheses = precedence_of(node) < precedence_min;
    if (needs_parentheses) out += '(';
    print(node);
    if (needs_parentheses) out += ')';
  }

  void print_operation(const SyntaxNode& node) {
    const int precedence = precedence_of(node);
    const auto& operands = node.children;
    if (precedence == unary) {
      out += node.text;
      const std::size_t operand_begin = out.size();
      print_operand(*operands[0], unary);
      // The sign of a number is part of it: -(1) negates, -1 is a literal.
      if (node.text == "-" && is_digit(out[operand_begin])) out.insert(operand_begin, "(").append(")");
    } else if (precedence == member) {
      print_operand(*operands[0], member);
      out += '[';
      print(*operands[1]);
      out += ']';
    } else if (precedence == conditional) {
      print_operand(*operands[0], logical_or);
      out += " ? ";
      print_operand(*operands[1], logical_or);
      out += " : ";
      print_operand(*operands[2], conditional);
    } else {
      print_operand(*operands[0], precedence);
      for (std::size_t i = 1; i < operands.size(); ++i) {
        out += " " + node.text + " ";
        print_operand(*operands[i], precedence + 1);
      }
    }
  }

  void print_call(const SyntaxNode& node) {
    if (node.has_receiver) {
      print_operand(*node.children[0], member);
      out += '.';
    }
    out += node.text;
    print_items(node, node.has_receiver ? 1 : 0, '(', ')');
  }

  void print_items(const SyntaxNode& node, std::size_t first, char open, char close) {
    const bool is_map = node.kind == SyntaxKind::map;
    out += open;
    for (std::size_t i = first; i < node.children.size(); ++i) {
      const bool is_value = is_map && i % 2 == 1;
      if (i > first) out += is_value ? ": " : ", ";
      print(*node.children[i]);
    }
    out += close;
  }
};

}  // namespace

std::string print_expression(const SyntaxNode& node) {
  Printer printer;
  printer.print(node);
  return std::move(printer.out);
}

}  // namespace tallymill::topology
