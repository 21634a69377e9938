# What `cmake --install` puts in place: the program, the library with its one public header, and
# a pkg-config file for programs that embed the engine.

if(TARGET aeolian)
  install(TARGETS aeolian RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET engine)
  install(TARGETS engine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${CMAKE_SOURCE_DIR}/engine/aeolian.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/aeolian.pc.in ${CMAKE_BINARY_DIR}/aeolian.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/aeolian.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
