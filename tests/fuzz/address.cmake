# The reader of music addresses (engine/address.c).
aeolian_fuzzer(address
  SOURCES tests/fuzz/fuzz_address.c engine/address.c engine/control.c engine/control_log.c
          engine/status.c
  OPTIONS -max_len=4096)
