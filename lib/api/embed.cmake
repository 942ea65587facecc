# cmake -DDOCUMENT=… -DOUT=… -P embed.cmake: writes a source file that holds the OpenAPI document.
file(READ ${DOCUMENT} json)
file(WRITE ${OUT} "#include \"api/openapi.h\"

namespace vote::api {
const std::string_view kOpenApi = R\"json(${json})json\";
}  // namespace vote::api
")
