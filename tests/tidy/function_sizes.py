"""Finds the functions of a C++ or Python file and how many lines each has, from its signature to its last brace."""

import ast
import re

from source_tree import line_of

NAME = re.compile(r"([~\w:]+|operator\s*[^\s\w(]+|operator\s*\(\))\s*\(")
# A word that makes the brace after it a scope of declarations; `template <class T>` does not.
SCOPE = re.compile(r"(?<![<,])(?<![<,] )\b(namespace|class|struct|union|enum)\b")
# What stands between the end of one declaration and the signature of the next.
BEFORE_SIGNATURE = re.compile(r"\s*(?:(?:public|protected|private):\s*)*")

# What an open brace that begins no function is: both are false, so that any() tells whether a function is open.
DECLARATIONS = None
VALUES = ""


def cpp_functions(code):
    """(name, first line, lines) of every function in `code`, which holds no comments, literals or directives.

    Lambdas and local classes count with the function around them. The code is laid out by clang-format: a body's brace
    has a space before it, that of an initializer such as `member_{1}` has none.
    """
    functions = []
    open_braces = []  # of each: DECLARATIONS, VALUES, or the (name, first line) of a function
    statement = 0     # where the statement in hand begins
    for token in re.finditer(r"[{};]", code):
        if token[0] == "{":
            inside_function = any(open_braces)
            open_braces.append(
                DECLARATIONS if inside_function else kind_of_brace(code, statement, token.start(), open_braces))
        elif token[0] == "}" and open_braces:
            closed = open_braces.pop()
            if closed == VALUES:
                continue
            if closed:
                name, first_line = closed
                functions.append((name, first_line, line_of(code, token.start()) - first_line + 1))
        if not any(open_braces) and open_braces[-1:] != [VALUES]:
            statement = token.end()
    return functions


def kind_of_brace(code, statement, brace, open_braces):
    """What the brace opens that follows the statement beginning at `statement`."""
    signature = code[statement:brace]
    if open_braces[-1:] == [VALUES] or signature[-1:].strip() or signature.rstrip()[-1:] in tuple("=(,"):
        return VALUES
    name = NAME.search(signature)
    if not name or SCOPE.search(signature[:name.start()]) or SCOPE.match(signature.strip()):
        return DECLARATIONS
    first_line = line_of(code, statement + BEFORE_SIGNATURE.match(signature).end())
    arguments = re.match(r"[^)]*\)", signature[name.end():])
    is_test = name[1].startswith(("TEST", "TYPED_TEST")) and arguments
    return (name[0] + " ".join(arguments[0].split()) if is_test else name[1]), first_line


def python_functions(text):
    """(name, first line, lines) of every function in a Python file."""
    return [(node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
