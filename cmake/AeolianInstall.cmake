# What `cmake --install` puts in place: the program, the library with its public header, and a
# pkg-config file for programs that embed the engine. Headers keep their folder under
# include/aeolian, so that the same #include works in the tree and outside.

if(TARGET aeolian)
  install(TARGETS aeolian RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET engine)
  # Whoever embeds the engine links one archive: it carries the set-up code of voices/ as well.
  if(TARGET voices)
    target_sources(engine PRIVATE $<TARGET_OBJECTS:voices>)
  endif()
  install(TARGETS engine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${CMAKE_SOURCE_DIR}/engine/aeolian.h ${CMAKE_SOURCE_DIR}/engine/status.h
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/aeolian/engine)
  # The file finds its own prefix, so that an installed tree may be moved.
  file(RELATIVE_PATH AEO_PC_UP /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/aeolian.pc.in ${CMAKE_BINARY_DIR}/aeolian.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/aeolian.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
