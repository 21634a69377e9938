# The reader of music addresses (engine/address.c). Addresses come from anybody, through links and
# the server's query, so whatever the bytes, the reader must refuse them or give settings that are
# written back as the same address. It needs the table of controls and their log, nothing else.
aeolian_fuzzer(address
  SOURCES tests/fuzz/fuzz_address.c engine/address.c engine/control.c engine/control_log.c
          engine/status.c
  OPTIONS -max_len=4096)
