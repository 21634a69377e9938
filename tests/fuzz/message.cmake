# The fuzzer of control messages and stream queries: a short run over the corpus and beyond.
aeolian_fuzzer(message SOURCES tests/fuzz/fuzz_message.c server/protocol.c server/protocol_write.c
  server/json_text.c server/stream_query.c engine/control.c engine/status.c
  LIBS jansson OPTIONS -max_len=5000)
