# Fills in the units and installs them: UNITS has the templates, MADE is a folder of the build, BINDIR
# is where the programs go.
file(GLOB templates ${UNITS}/*.in)
foreach(template ${templates})
  cmake_path(GET template STEM LAST_ONLY unit)
  configure_file(${template} ${MADE}/${unit} @ONLY)
  file(INSTALL ${MADE}/${unit} DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
endforeach()
