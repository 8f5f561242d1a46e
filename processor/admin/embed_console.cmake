# Turns the console's files into C++: cmake -DFOLDER=.. -DOUTPUT=.. -P embed_console.cmake
#
# Each becomes a raw string, so that what is in the binary can be read in the generated file. The files hold no `)console"`,
# which would end it.
set(TYPE_html "text/html; charset=utf-8")
set(TYPE_css "text/css; charset=utf-8")
set(TYPE_js "text/javascript; charset=utf-8")
set(TYPE_svg "image/svg+xml")

file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*.html ${FOLDER}/*.css ${FOLDER}/*.js
  ${FOLDER}/*.svg)
list(SORT files)
set(entries "")
foreach(name IN LISTS files)
  file(READ ${FOLDER}/${name} content)
  string(FIND "${content}" ")console\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${name} holds the mark that ends a raw string")
  endif()
  string(REGEX REPLACE "^.*\\." "" extension ${name})
  string(APPEND entries "    {\"/console/${name}\", \"${TYPE_${extension}}\",\n     R\"console(${content})console\"},\n")
endforeach()

file(WRITE ${OUTPUT} "// Made by processor/admin/embed_console.cmake from processor/admin/console.
#include \"processor/admin/console_assets.h\"

namespace tallymill::processor {

namespace {

constexpr ConsoleAsset assets[] = {
${entries}};

}  // namespace

const ConsoleAsset* find_console_asset(std::string_view path) {
  for (const ConsoleAsset& asset : assets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace tallymill::processor
")
