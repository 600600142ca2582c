// The startup snapshot, the code of what is evaluated later, and the licences, as
// they lie in the binary. The first link stage has neither of the first two yet:
// SNAPSHOT_FILE and CODE_FILE are not defined then.
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

  .section .rodata.node_code, "a", @progbits
  .balign 16
  .globl node_code_begin
  .globl node_code_end
node_code_begin:
#ifdef CODE_FILE
  .incbin CODE_FILE
#endif
node_code_end:
  .byte 0

  .section .rodata.node_notices, "a", @progbits
  .globl node_notices_begin
  .globl node_notices_end
node_notices_begin:
  .incbin "NOTICES"
node_notices_end:
  .byte 0

  .section .note.GNU-stack, "", @progbits
