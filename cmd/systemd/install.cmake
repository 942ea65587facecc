# Fills in the units and installs them: UNITS has the templates, MADE is a folder of the build, BINDIR
# is where the programs go.
file(GLOB templates ${UNITS}/*.in)
foreach(template ${templates})
  cmake_path(GET template STEM LAST_ONLY unit)
  configure_file(${template} ${MADE}/${unit} @ONLY)
  file(INSTALL ${MADE}/${unit} DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
endforeach()
# For several vote-api on one machine: vote-api@PORT.
file(READ ${MADE}/vote-api.service unit)
string(REPLACE "/vote-api\n" "/vote-api --listen 127.0.0.1:%i\n" unit "${unit}")
string(REPLACE "HTTP API of the voting system" "HTTP API of the voting system, port %i" unit "${unit}")
file(WRITE ${MADE}/vote-api@.service "${unit}")
file(INSTALL ${MADE}/vote-api@.service DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
