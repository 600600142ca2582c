// The startup snapshot and the licences, as they lie in the binary. The first
// link stage has no snapshot yet: SNAPSHOT_FILE is not defined then.
  .section .rodata.node_snapshot, "a", @progbits
  .balign 16
  .globl node_snapshot_begin
  .globl node_snapshot_end
node_snapshot_begin:
#ifdef SNAPSHOT_FILE
  .incbin SNAPSHOT_FILE
#endif
node_snapshot_end:
  .byte 0

  .section .rodata.node_notices, "a", @progbits
  .globl node_notices_begin
  .globl node_notices_end
node_notices_begin:
  .incbin "NOTICES"
node_notices_end:
  .byte 0

  .section .note.GNU-stack, "", @progbits
