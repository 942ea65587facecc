# cmake -DENGINE=sqlite|postgres -DSQL_DIR=… -DOUT=… -P embed_scripts.cmake: writes a source file that
# holds every script of SQL_DIR, for that folder of lib.
file(GLOB scripts ${SQL_DIR}/*/*.sql)
list(SORT scripts)
set(entries "")
foreach(script ${scripts})
  file(READ ${script} sql)
  get_filename_component(name ${script} NAME)
  get_filename_component(folder ${script} DIRECTORY)
  get_filename_component(schema ${folder} NAME)
  string(APPEND entries "    {\"${schema}\", \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"${ENGINE}/scripts.h\"

namespace vote::${ENGINE} {
namespace {
constexpr Script kAll[] = {
${entries}};
}  // namespace
const std::span<const Script> kScripts = kAll;
}  // namespace vote::${ENGINE}
")
