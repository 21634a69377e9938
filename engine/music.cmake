# The music side of the engine: scenes, harmony, composer, timeline, as objects that go into the
# library `engine` (engine/CMakeLists.txt: target_sources(engine PRIVATE
# $<TARGET_OBJECTS:engine_music>)). The built-in scenes are embedded here, in the order of this
# list, which is the order in which the program shows them.
add_library(engine_music OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/chords.c
  ${CMAKE_CURRENT_LIST_DIR}/composer.c
  ${CMAKE_CURRENT_LIST_DIR}/layers.c
  ${CMAKE_CURRENT_LIST_DIR}/progression.c
  ${CMAKE_CURRENT_LIST_DIR}/roughness.c
  ${CMAKE_CURRENT_LIST_DIR}/scales.c
  ${CMAKE_CURRENT_LIST_DIR}/scene_level.c
  ${CMAKE_CURRENT_LIST_DIR}/section.c
  ${CMAKE_CURRENT_LIST_DIR}/timeline.c
  ${CMAKE_CURRENT_LIST_DIR}/voicing.c
  ${CMAKE_CURRENT_LIST_DIR}/walk_bass.c)
target_include_directories(engine_music PRIVATE ${CMAKE_SOURCE_DIR})
if(AEO_GPU_ALONE)
  target_sources(engine_music PRIVATE ${CMAKE_SOURCE_DIR}/tests/gpu/alone/scene_packed.c)
  return()
endif()
target_sources(engine_music PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/scene.c
  ${CMAKE_CURRENT_LIST_DIR}/scene_fields.c
  ${CMAKE_CURRENT_LIST_DIR}/scene_json.c)
target_link_libraries(engine_music PRIVATE PkgConfig::JANSSON)
aeolian_embed(engine_music embedded_scenes BASE ${CMAKE_CURRENT_LIST_DIR}/scenes
  ${CMAKE_CURRENT_LIST_DIR}/scenes/harbour-at-first-light.json
  ${CMAKE_CURRENT_LIST_DIR}/scenes/undertow.json)
