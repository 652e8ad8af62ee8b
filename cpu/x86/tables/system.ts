/** System instructions: identification, saved state, and what user mode may not execute. Row notation: ../row.ts. */
export const systemRows = `
# Undefined on purpose
  0F 0B           ud
  0F B9           ud          Gv Ev
  0F FF           ud          Gv Ev
# Identification, time, state
  0F A2           cpuid
  0F 31           rdtsc
  0F 01 F9        rdtscp
  NP 0F 01 D0     xgetbv
  NP 0F C7 /6r    rdrand      Rv
  66 0F C7 /6r    rdrand      Rv
  NP 0F C7 /7r    rdseed      Rv
  66 0F C7 /7r    rdseed      Rv
  F3 0F C7 /7r    rdpid       Rq
  F3 0F AE /0r    rdfsbase    Ry
  F3 0F AE /1r    rdgsbase    Ry
  F3 0F AE /2r    wrfsbase    Ry
  F3 0F AE /3r    wrgsbase    Ry
  NP 0F AE /4m    xsave       M
  NP 0F AE /5m    xrstor      M
  NP 0F AE /6m    xsaveopt    M
  NP 0F C7 /4m    xsavec      M
  NP 0F AE /0m    fxsave      M
  NP 0F AE /1m    fxrstor     M
  NP 0F AE /2m    ldmxcsr     Md
  NP 0F AE /3m    stmxcsr     Md
  NP 0F AE /7m    clflush     Mb
  NP 0F AE /5r    lfence
  NP 0F AE /6r    mfence
  NP 0F AE /7r    sfence
# Segments and system registers readable by user mode
  0F 00 /0        sldt        Rv/Mw
  0F 00 /1        str         Rv/Mw
  0F 00 /4        verr        Rv/Mw
  0F 00 /5        verw        Rv/Mw
  0F 01 /0m       sgdt        Ms
  0F 01 /1m       sidt        Ms
  0F 01 /4        smsw        Rv/Mw
  0F 02           lar         Gv Rv/Mw
  0F 03           lsl         Gv Rv/Mw
  0F B2           lss         Gv Mp
  0F B4           lfs         Gv Mp
  0F B5           lgs         Gv Mp
# Privileged, or I/O: #GP in user mode
  E4              in          AL Ib
  E5              in          eAX Ib
  EC              in          AL DX
  ED              in          eAX DX
  E6              out         Ib AL
  E7              out         Ib eAX
  EE              out         DX AL
  EF              out         DX eAX
  F4              hlt
  FA              cli
  FB              sti
  0F 06           clts
  0F 07           sysret
  0F 08           invd
  0F 09           wbinvd
  0F 30           wrmsr
  0F 32           rdmsr
  0F 33           rdpmc
  0F 34           sysenter
  0F 35           sysexit
  0F 01 F8        swapgs
  0F 00 /2        lldt        Rv/Mw
  0F 00 /3        ltr         Rv/Mw
  0F 01 /2m       lgdt        Ms
  0F 01 /3m       lidt        Ms
  0F 01 /6        lmsw        Rv/Mw
  0F 01 /7m       invlpg      M
  0F 20           movcr       Rq Cq         mod3
  0F 22           movcr       Cq Rq         mod3
  0F 21           movdr       Rq Dq         mod3
  0F 23           movdr       Dq Rq         mod3
`;
