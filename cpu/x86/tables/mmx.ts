/** MMX registers (P, Q, N). Row notation: ../row.ts. Source: SDM vol. 2, appendix A. */
export const mmxRows = `
# MMX, with what SSE and SSE2 added to it
  NP 0F 60        punpcklbw   Pq Qd
  NP 0F 61        punpcklwd   Pq Qd
  NP 0F 62        punpckldq   Pq Qd
  NP 0F 63        packsswb    Pq Qq
  NP 0F 64        pcmpgtb     Pq Qq
  NP 0F 65        pcmpgtw     Pq Qq
  NP 0F 66        pcmpgtd     Pq Qq
  NP 0F 67        packuswb    Pq Qq
  NP 0F 68        punpckhbw   Pq Qq
  NP 0F 69        punpckhwd   Pq Qq
  NP 0F 6A        punpckhdq   Pq Qq
  NP 0F 6B        packssdw    Pq Qq
  NP 0F 74        pcmpeqb     Pq Qq
  NP 0F 75        pcmpeqw     Pq Qq
  NP 0F 76        pcmpeqd     Pq Qq
  NP 0F D1        psrlw       Pq Qq
  NP 0F D2        psrld       Pq Qq
  NP 0F D3        psrlq       Pq Qq
  NP 0F D4        paddq       Pq Qq
  NP 0F D5        pmullw      Pq Qq
  NP 0F D8        psubusb     Pq Qq
  NP 0F D9        psubusw     Pq Qq
  NP 0F DA        pminub      Pq Qq
  NP 0F DB        pand        Pq Qq
  NP 0F DC        paddusb     Pq Qq
  NP 0F DD        paddusw     Pq Qq
  NP 0F DE        pmaxub      Pq Qq
  NP 0F DF        pandn       Pq Qq
  NP 0F E0        pavgb       Pq Qq
  NP 0F E1        psraw       Pq Qq
  NP 0F E2        psrad       Pq Qq
  NP 0F E3        pavgw       Pq Qq
  NP 0F E4        pmulhuw     Pq Qq
  NP 0F E5        pmulhw      Pq Qq
  NP 0F E8        psubsb      Pq Qq
  NP 0F E9        psubsw      Pq Qq
  NP 0F EA        pminsw      Pq Qq
  NP 0F EB        por         Pq Qq
  NP 0F EC        paddsb      Pq Qq
  NP 0F ED        paddsw      Pq Qq
  NP 0F EE        pmaxsw      Pq Qq
  NP 0F EF        pxor        Pq Qq
  NP 0F F1        psllw       Pq Qq
  NP 0F F2        pslld       Pq Qq
  NP 0F F3        psllq       Pq Qq
  NP 0F F4        pmuludq     Pq Qq
  NP 0F F5        pmaddwd     Pq Qq
  NP 0F F6        psadbw      Pq Qq
  NP 0F F8        psubb       Pq Qq
  NP 0F F9        psubw       Pq Qq
  NP 0F FA        psubd       Pq Qq
  NP 0F FB        psubq       Pq Qq
  NP 0F FC        paddb       Pq Qq
  NP 0F FD        paddw       Pq Qq
  NP 0F FE        paddd       Pq Qq
  NP 0F 71 /2r    psrlw       Nq Ib
  NP 0F 71 /4r    psraw       Nq Ib
  NP 0F 71 /6r    psllw       Nq Ib
  NP 0F 72 /2r    psrld       Nq Ib
  NP 0F 72 /4r    psrad       Nq Ib
  NP 0F 72 /6r    pslld       Nq Ib
  NP 0F 73 /2r    psrlq       Nq Ib
  NP 0F 73 /6r    psllq       Nq Ib
  NP 0F 6E        movd        Pq Ed
  NP o64 0F 6E    movq        Pq Eq
  NP 0F 7E        movd        Ed Pq
  NP o64 0F 7E    movq        Eq Pq
  NP 0F 6F        movq        Pq Qq
  NP 0F 7F        movq        Qq Pq
  NP 0F 70        pshufw      Pq Qq Ib
  NP 0F 77        emms
  NP 0F C4        pinsrw      Pq Ry/Mw Ib
  NP 0F C5        pextrw      Gy Nq Ib
  NP 0F D7        pmovmskb    Gy Nq
  NP 0F E7        movntq      Mq Pq
  NP 0F F7        maskmovq    DIq Pq Nq
# SSSE3 on MMX registers
  NP 0F 38 00     pshufb      Pq Qq
  NP 0F 38 01     phaddw      Pq Qq
  NP 0F 38 02     phaddd      Pq Qq
  NP 0F 38 03     phaddsw     Pq Qq
  NP 0F 38 04     pmaddubsw   Pq Qq
  NP 0F 38 05     phsubw      Pq Qq
  NP 0F 38 06     phsubd      Pq Qq
  NP 0F 38 07     phsubsw     Pq Qq
  NP 0F 38 08     psignb      Pq Qq
  NP 0F 38 09     psignw      Pq Qq
  NP 0F 38 0A     psignd      Pq Qq
  NP 0F 38 0B     pmulhrsw    Pq Qq
  NP 0F 38 1C     pabsb       Pq Qq
  NP 0F 38 1D     pabsw       Pq Qq
  NP 0F 38 1E     pabsd       Pq Qq
  NP 0F 3A 0F     palignr     Pq Qq Ib
`;
