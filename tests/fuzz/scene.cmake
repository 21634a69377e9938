# The fuzzer of scene files: the loader, and composing with whatever it lets through.
aeolian_fuzzer(scene SOURCES tests/fuzz/fuzz_scene.c engine/scene_json.c engine/scene_fields.c
  engine/scene_level.c engine/scales.c engine/roughness.c engine/chords.c engine/progression.c
  engine/voicing.c engine/section.c engine/walk_bass.c engine/timeline.c engine/layers.c
  engine/composer.c engine/control.c engine/control_log.c engine/status.c
  voices/note.c voices/note_bell.c voices/note_pads.c
  LIBS jansson OPTIONS -max_len=8000)
