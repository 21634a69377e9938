# The server as a library, so that the program, the tests and the fuzzer link the same objects.
# Included by server/CMakeLists.txt.

file(GLOB aeolian_web_files CONFIGURE_DEPENDS
     ${CMAKE_CURRENT_LIST_DIR}/web/*.html ${CMAKE_CURRENT_LIST_DIR}/web/*.js
     ${CMAKE_CURRENT_LIST_DIR}/web/*.css ${CMAKE_CURRENT_LIST_DIR}/web/*.svg
     ${CMAKE_CURRENT_LIST_DIR}/web/*.png ${CMAKE_CURRENT_LIST_DIR}/web/*.ico
     ${CMAKE_CURRENT_LIST_DIR}/web/*.webmanifest ${CMAKE_CURRENT_LIST_DIR}/web/*.woff2)

add_library(aeolian_server STATIC
  command_serve.c
  encoder_pool.c
  http.c
  json_text.c
  listener.c
  listener_talk.c
  metrics.c
  observer.c
  operate.c
  packet_queue.c
  protocol.c
  protocol_write.c
  scenes_json.c
  serve.c
  session_closer.c
  slot_queue.c
  static_files.c
  status.c
  stream_query.c
  upgrade.c
  websocket.c)
target_include_directories(aeolian_server PUBLIC ${CMAKE_SOURCE_DIR})
target_compile_definitions(aeolian_server PRIVATE AEO_VERSION="${PROJECT_VERSION}")
target_link_libraries(aeolian_server
  PUBLIC aeolian_options engine PkgConfig::JANSSON PkgConfig::OPUS PkgConfig::WEBSOCKETS
         Threads::Threads)
aeolian_embed(aeolian_server web_files BASE ${CMAKE_CURRENT_LIST_DIR}/web ${aeolian_web_files})
