/** Integer instructions of user mode. Row notation: ../row.ts. Source: SDM vol. 2, appendix A. */
export const integerRows = `
# Arithmetic and logic
  00              add         Eb Gb         lock
  01              add         Ev Gv         lock
  02              add         Gb Eb
  03              add         Gv Ev
  04              add         AL Ib
  05              add         rAX Iz
  08              or          Eb Gb         lock
  09              or          Ev Gv         lock
  0A              or          Gb Eb
  0B              or          Gv Ev
  0C              or          AL Ib
  0D              or          rAX Iz
  10              adc         Eb Gb         lock
  11              adc         Ev Gv         lock
  12              adc         Gb Eb
  13              adc         Gv Ev
  14              adc         AL Ib
  15              adc         rAX Iz
  18              sbb         Eb Gb         lock
  19              sbb         Ev Gv         lock
  1A              sbb         Gb Eb
  1B              sbb         Gv Ev
  1C              sbb         AL Ib
  1D              sbb         rAX Iz
  20              and         Eb Gb         lock
  21              and         Ev Gv         lock
  22              and         Gb Eb
  23              and         Gv Ev
  24              and         AL Ib
  25              and         rAX Iz
  28              sub         Eb Gb         lock
  29              sub         Ev Gv         lock
  2A              sub         Gb Eb
  2B              sub         Gv Ev
  2C              sub         AL Ib
  2D              sub         rAX Iz
  30              xor         Eb Gb         lock
  31              xor         Ev Gv         lock
  32              xor         Gb Eb
  33              xor         Gv Ev
  34              xor         AL Ib
  35              xor         rAX Iz
  38              cmp         Eb Gb
  39              cmp         Ev Gv
  3A              cmp         Gb Eb
  3B              cmp         Gv Ev
  3C              cmp         AL Ib
  3D              cmp         rAX Iz
  80 /0           add         Eb Ib         lock
  80 /1           or          Eb Ib         lock
  80 /2           adc         Eb Ib         lock
  80 /3           sbb         Eb Ib         lock
  80 /4           and         Eb Ib         lock
  80 /5           sub         Eb Ib         lock
  80 /6           xor         Eb Ib         lock
  80 /7           cmp         Eb Ib
  81 /0           add         Ev Iz         lock
  81 /1           or          Ev Iz         lock
  81 /2           adc         Ev Iz         lock
  81 /3           sbb         Ev Iz         lock
  81 /4           and         Ev Iz         lock
  81 /5           sub         Ev Iz         lock
  81 /6           xor         Ev Iz         lock
  81 /7           cmp         Ev Iz
  83 /0           add         Ev Ibs        lock
  83 /1           or          Ev Ibs        lock
  83 /2           adc         Ev Ibs        lock
  83 /3           sbb         Ev Ibs        lock
  83 /4           and         Ev Ibs        lock
  83 /5           sub         Ev Ibs        lock
  83 /6           xor         Ev Ibs        lock
  83 /7           cmp         Ev Ibs
  84              test        Eb Gb
  85              test        Ev Gv
  A8              test        AL Ib
  A9              test        rAX Iz
  F6 /0           test        Eb Ib
  F6 /1           test        Eb Ib
  F6 /2           not         Eb            lock
  F6 /3           neg         Eb            lock
  F6 /4           mul         Eb
  F6 /5           imul        Eb
  F6 /6           div         Eb
  F6 /7           idiv        Eb
  F7 /0           test        Ev Iz
  F7 /1           test        Ev Iz
  F7 /2           not         Ev            lock
  F7 /3           neg         Ev            lock
  F7 /4           mul         Ev
  F7 /5           imul        Ev
  F7 /6           div         Ev
  F7 /7           idiv        Ev
  FE /0           inc         Eb            lock
  FE /1           dec         Eb            lock
  FF /0           inc         Ev            lock
  FF /1           dec         Ev            lock
  0F AF           imul        Gv Ev
  69              imul        Gv Ev Iz
  6B              imul        Gv Ev Ibs
  0F C0           xadd        Eb Gb         lock
  0F C1           xadd        Ev Gv         lock
  0F B0           cmpxchg     Eb Gb         lock
  0F B1           cmpxchg     Ev Gv         lock
  0F C7 /1m       cmpxchg8b   Mq            lock
  o64 0F C7 /1m   cmpxchg16b  Mx            lock
# Shifts, rotates and bits
  C0 /0           rol         Eb Ib
  C0 /1           ror         Eb Ib
  C0 /2           rcl         Eb Ib
  C0 /3           rcr         Eb Ib
  C0 /4           shl         Eb Ib
  C0 /5           shr         Eb Ib
  C0 /6           shl         Eb Ib
  C0 /7           sar         Eb Ib
  C1 /0           rol         Ev Ib
  C1 /1           ror         Ev Ib
  C1 /2           rcl         Ev Ib
  C1 /3           rcr         Ev Ib
  C1 /4           shl         Ev Ib
  C1 /5           shr         Ev Ib
  C1 /6           shl         Ev Ib
  C1 /7           sar         Ev Ib
  D0 /0           rol         Eb 1
  D0 /1           ror         Eb 1
  D0 /2           rcl         Eb 1
  D0 /3           rcr         Eb 1
  D0 /4           shl         Eb 1
  D0 /5           shr         Eb 1
  D0 /6           shl         Eb 1
  D0 /7           sar         Eb 1
  D1 /0           rol         Ev 1
  D1 /1           ror         Ev 1
  D1 /2           rcl         Ev 1
  D1 /3           rcr         Ev 1
  D1 /4           shl         Ev 1
  D1 /5           shr         Ev 1
  D1 /6           shl         Ev 1
  D1 /7           sar         Ev 1
  D2 /0           rol         Eb CL
  D2 /1           ror         Eb CL
  D2 /2           rcl         Eb CL
  D2 /3           rcr         Eb CL
  D2 /4           shl         Eb CL
  D2 /5           shr         Eb CL
  D2 /6           shl         Eb CL
  D2 /7           sar         Eb CL
  D3 /0           rol         Ev CL
  D3 /1           ror         Ev CL
  D3 /2           rcl         Ev CL
  D3 /3           rcr         Ev CL
  D3 /4           shl         Ev CL
  D3 /5           shr         Ev CL
  D3 /6           shl         Ev CL
  D3 /7           sar         Ev CL
  0F A4           shld        Ev Gv Ib
  0F A5           shld        Ev Gv CL
  0F AC           shrd        Ev Gv Ib
  0F AD           shrd        Ev Gv CL
  0F A3           bt          Ev Gv
  0F AB           bts         Ev Gv         lock
  0F B3           btr         Ev Gv         lock
  0F BB           btc         Ev Gv         lock
  0F BA /4        bt          Ev Ib
  0F BA /5        bts         Ev Ib         lock
  0F BA /6        btr         Ev Ib         lock
  0F BA /7        btc         Ev Ib         lock
  0F BC           bsf         Gv Ev
  0F BD           bsr         Gv Ev
  F3 0F BC        tzcnt       Gv Ev
  F3 0F BD        lzcnt       Gv Ev
  F3 0F B8        popcnt      Gv Ev
  0F C8+r         bswap       Zv
  F2 0F 38 F0     crc32       Gy Eb
  F2 0F 38 F1     crc32       Gy Ev
  66 0F 38 F6     adcx        Gy Ey
  F3 0F 38 F6     adox        Gy Ey
# Moves
  88              mov         Eb Gb
  89              mov         Ev Gv
  8A              mov         Gb Eb
  8B              mov         Gv Ev
  A0              mov         AL Ob
  A1              mov         rAX Ov
  A2              mov         Ob AL
  A3              mov         Ov rAX
  B0+r            mov         Zb Ib
  B8+r            mov         Zv Iv
  C6 /0           mov         Eb Ib
  C7 /0           mov         Ev Iz
  8C              mov         Rv/Mw Sw
  8E              mov         Sw Rv/Mw
  63              movsxd      Gv Ez
  0F B6           movzx       Gv Eb
  0F B7           movzx       Gv Ew
  0F BE           movsx       Gv Eb
  0F BF           movsx       Gv Ew
  0F 40+cc        cmovcc      Gv Ev
  0F 90+cc        setcc       Eb
  86              xchg        Eb Gb         lock
  87              xchg        Ev Gv         lock
  90+r            xchg        Zv rAX
  8D              lea         Gv M
  NP 0F 38 F0     movbe       Gv Mv
  NP 0F 38 F1     movbe       Mv Gv
  66 0F 38 F0     movbe       Gv Mv
  66 0F 38 F1     movbe       Mv Gv
  NP 0F C3        movnti      My Gy
  o16 98          cbw
  o32 98          cwde
  o64 98          cdqe
  o16 99          cwd
  o32 99          cdq
  o64 99          cqo
  D7              xlat        BXb
# Stack
  50+r            push        Zv            d64
  58+r            pop         Zv            d64
  68              push        Iz            d64
  6A              push        Ibs           d64
  8F /0           pop         Ev            d64
  FF /6           push        Ev            d64
  0F A0           pushseg     FS            d64
  0F A1           popseg      FS            d64
  0F A8           pushseg     GS            d64
  0F A9           popseg      GS            d64
  9C              pushf                     d64
  9D              popf                      d64
  C8              enter       Iw Ib         d64
  C9              leave                     d64
# Control transfer (near forms ignore 66: Intel)
  70+cc           jcc         Jb            f64
  0F 80+cc        jcc         Jz            f64
  E0              loopne      Jb            f64
  E1              loope       Jb            f64
  E2              loop        Jb            f64
  E3              jrcxz       Jb            f64
  E8              call        Jz            f64
  E9              jmp         Jz            f64
  EB              jmp         Jb            f64
  FF /2           call        Ev            f64
  FF /4           jmp         Ev            f64
  FF /3m          callf       Mp
  FF /5m          jmpf        Mp
  C2              ret         Iw            f64
  C3              ret                       f64
  CA              retf        Iw
  CB              retf
  CF              iret
  CC              int3
  CD              int         Ib
  F1              int1
  0F 05           syscall
# Strings
  A4              movs        Yb Xb         rep
  A5              movs        Yv Xv         rep
  A6              cmps        Xb Yb         rep
  A7              cmps        Xv Yv         rep
  AA              stos        Yb AL         rep
  AB              stos        Yv rAX        rep
  AC              lods        AL Xb         rep
  AD              lods        rAX Xv        rep
  AE              scas        AL Yb         rep
  AF              scas        rAX Yv        rep
  6C              ins         Yb DX         rep
  6D              ins         Yz DX         rep
  6E              outs        DX Xb         rep
  6F              outs        DX Xz         rep
# Flags
  9E              sahf
  9F              lahf
  F5              cmc
  F8              clc
  F9              stc
  FC              cld
  FD              std
# No operation
  b0 90           nop
  F3 90           pause
  0F 18           nop         Rv/M
  0F 19           nop         Rv/M
  0F 1A           nop         Rv/M
  0F 1B           nop         Rv/M
  0F 1C           nop         Rv/M
  0F 1D           nop         Rv/M
  0F 1E           nop         Rv/M
  0F 1F           nop         Rv/M
  F3 0F 1E FA     endbr64
  F3 0F 1E FB     endbr32
  0F 18 /0m       prefetchnta M
  0F 18 /1m       prefetcht0  M
  0F 18 /2m       prefetcht1  M
  0F 18 /3m       prefetcht2  M
  0F 0D           nop         Rv/M
  0F 0D /1m       prefetchw   M
  0F 0D /3m       prefetchw   M
`;
