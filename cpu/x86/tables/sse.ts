/** SSE, SSE2, SSE3, SSSE3 on XMM registers. Row notation: ../row.ts. Source: SDM vol. 2, appendix A. */
export const sseRows = `
# SSE and SSE2 floating point: packed single, packed double, scalar single, scalar double
  NP 0F 10        movups      Vx Wx
  66 0F 10        movupd      Vx Wx
  F3 0F 10        movss       Vx Wd
  F2 0F 10        movsd       Vx Wq
  NP 0F 11        movups      Wx Vx
  66 0F 11        movupd      Wx Vx
  F3 0F 11        movss       Wd Vx
  F2 0F 11        movsd       Wq Vx
  NP 0F 12 /rm    movlps      Vx Mq
  NP 0F 12 /rr    movhlps     Vx Ux
  66 0F 12        movlpd      Vx Mq
  F3 0F 12        movsldup    Vx Wx
  F2 0F 12        movddup     Vx Wq
  NP 0F 13        movlps      Mq Vx
  66 0F 13        movlpd      Mq Vx
  NP 0F 14        unpcklps    Vx Wx
  66 0F 14        unpcklpd    Vx Wx
  NP 0F 15        unpckhps    Vx Wx
  66 0F 15        unpckhpd    Vx Wx
  NP 0F 16 /rm    movhps      Vx Mq
  NP 0F 16 /rr    movlhps     Vx Ux
  66 0F 16        movhpd      Vx Mq
  F3 0F 16        movshdup    Vx Wx
  NP 0F 17        movhps      Mq Vx
  66 0F 17        movhpd      Mq Vx
  NP 0F 28        movaps      Vx Wx
  66 0F 28        movapd      Vx Wx
  NP 0F 29        movaps      Wx Vx
  66 0F 29        movapd      Wx Vx
  NP 0F 2A        cvtpi2ps    Vx Qq
  66 0F 2A        cvtpi2pd    Vx Qq
  F3 0F 2A        cvtsi2ss    Vx Ey
  F2 0F 2A        cvtsi2sd    Vx Ey
  NP 0F 2B        movntps     Mx Vx
  66 0F 2B        movntpd     Mx Vx
  NP 0F 2C        cvttps2pi   Pq Wq
  66 0F 2C        cvttpd2pi   Pq Wx
  F3 0F 2C        cvttss2si   Gy Wd
  F2 0F 2C        cvttsd2si   Gy Wq
  NP 0F 2D        cvtps2pi    Pq Wq
  66 0F 2D        cvtpd2pi    Pq Wx
  F3 0F 2D        cvtss2si    Gy Wd
  F2 0F 2D        cvtsd2si    Gy Wq
  NP 0F 2E        ucomiss     Vx Wd
  66 0F 2E        ucomisd     Vx Wq
  NP 0F 2F        comiss      Vx Wd
  66 0F 2F        comisd      Vx Wq
  NP 0F 50        movmskps    Gy Ux
  66 0F 50        movmskpd    Gy Ux
  NP 0F 51        sqrtps      Vx Wx
  66 0F 51        sqrtpd      Vx Wx
  F3 0F 51        sqrtss      Vx Wd
  F2 0F 51        sqrtsd      Vx Wq
  NP 0F 52        rsqrtps     Vx Wx
  F3 0F 52        rsqrtss     Vx Wd
  NP 0F 53        rcpps       Vx Wx
  F3 0F 53        rcpss       Vx Wd
  NP 0F 54        andps       Vx Wx
  66 0F 54        andpd       Vx Wx
  NP 0F 55        andnps      Vx Wx
  66 0F 55        andnpd      Vx Wx
  NP 0F 56        orps        Vx Wx
  66 0F 56        orpd        Vx Wx
  NP 0F 57        xorps       Vx Wx
  66 0F 57        xorpd       Vx Wx
  NP 0F 58        addps       Vx Wx
  66 0F 58        addpd       Vx Wx
  F3 0F 58        addss       Vx Wd
  F2 0F 58        addsd       Vx Wq
  NP 0F 59        mulps       Vx Wx
  66 0F 59        mulpd       Vx Wx
  F3 0F 59        mulss       Vx Wd
  F2 0F 59        mulsd       Vx Wq
  NP 0F 5A        cvtps2pd    Vx Wq
  66 0F 5A        cvtpd2ps    Vx Wx
  F3 0F 5A        cvtss2sd    Vx Wd
  F2 0F 5A        cvtsd2ss    Vx Wq
  NP 0F 5B        cvtdq2ps    Vx Wx
  66 0F 5B        cvtps2dq    Vx Wx
  F3 0F 5B        cvttps2dq   Vx Wx
  NP 0F 5C        subps       Vx Wx
  66 0F 5C        subpd       Vx Wx
  F3 0F 5C        subss       Vx Wd
  F2 0F 5C        subsd       Vx Wq
  NP 0F 5D        minps       Vx Wx
  66 0F 5D        minpd       Vx Wx
  F3 0F 5D        minss       Vx Wd
  F2 0F 5D        minsd       Vx Wq
  NP 0F 5E        divps       Vx Wx
  66 0F 5E        divpd       Vx Wx
  F3 0F 5E        divss       Vx Wd
  F2 0F 5E        divsd       Vx Wq
  NP 0F 5F        maxps       Vx Wx
  66 0F 5F        maxpd       Vx Wx
  F3 0F 5F        maxss       Vx Wd
  F2 0F 5F        maxsd       Vx Wq
  NP 0F C2        cmpps       Vx Wx Ib
  66 0F C2        cmppd       Vx Wx Ib
  F3 0F C2        cmpss       Vx Wd Ib
  F2 0F C2        cmpsd       Vx Wq Ib
  NP 0F C6        shufps      Vx Wx Ib
  66 0F C6        shufpd      Vx Wx Ib
  66 0F E6        cvttpd2dq   Vx Wx
  F3 0F E6        cvtdq2pd    Vx Wq
  F2 0F E6        cvtpd2dq    Vx Wx
# SSE2 integers
  66 0F 60        punpcklbw   Vx Wx
  66 0F 61        punpcklwd   Vx Wx
  66 0F 62        punpckldq   Vx Wx
  66 0F 63        packsswb    Vx Wx
  66 0F 64        pcmpgtb     Vx Wx
  66 0F 65        pcmpgtw     Vx Wx
  66 0F 66        pcmpgtd     Vx Wx
  66 0F 67        packuswb    Vx Wx
  66 0F 68        punpckhbw   Vx Wx
  66 0F 69        punpckhwd   Vx Wx
  66 0F 6A        punpckhdq   Vx Wx
  66 0F 6B        packssdw    Vx Wx
  66 0F 74        pcmpeqb     Vx Wx
  66 0F 75        pcmpeqw     Vx Wx
  66 0F 76        pcmpeqd     Vx Wx
  66 0F D1        psrlw       Vx Wx
  66 0F D2        psrld       Vx Wx
  66 0F D3        psrlq       Vx Wx
  66 0F D4        paddq       Vx Wx
  66 0F D5        pmullw      Vx Wx
  66 0F D8        psubusb     Vx Wx
  66 0F D9        psubusw     Vx Wx
  66 0F DA        pminub      Vx Wx
  66 0F DB        pand        Vx Wx
  66 0F DC        paddusb     Vx Wx
  66 0F DD        paddusw     Vx Wx
  66 0F DE        pmaxub      Vx Wx
  66 0F DF        pandn       Vx Wx
  66 0F E0        pavgb       Vx Wx
  66 0F E1        psraw       Vx Wx
  66 0F E2        psrad       Vx Wx
  66 0F E3        pavgw       Vx Wx
  66 0F E4        pmulhuw     Vx Wx
  66 0F E5        pmulhw      Vx Wx
  66 0F E8        psubsb      Vx Wx
  66 0F E9        psubsw      Vx Wx
  66 0F EA        pminsw      Vx Wx
  66 0F EB        por         Vx Wx
  66 0F EC        paddsb      Vx Wx
  66 0F ED        paddsw      Vx Wx
  66 0F EE        pmaxsw      Vx Wx
  66 0F EF        pxor        Vx Wx
  66 0F F1        psllw       Vx Wx
  66 0F F2        pslld       Vx Wx
  66 0F F3        psllq       Vx Wx
  66 0F F4        pmuludq     Vx Wx
  66 0F F5        pmaddwd     Vx Wx
  66 0F F6        psadbw      Vx Wx
  66 0F F8        psubb       Vx Wx
  66 0F F9        psubw       Vx Wx
  66 0F FA        psubd       Vx Wx
  66 0F FB        psubq       Vx Wx
  66 0F FC        paddb       Vx Wx
  66 0F FD        paddw       Vx Wx
  66 0F FE        paddd       Vx Wx
  66 0F 6C        punpcklqdq  Vx Wx
  66 0F 6D        punpckhqdq  Vx Wx
  66 0F 71 /2r    psrlw       Ux Ib
  66 0F 71 /4r    psraw       Ux Ib
  66 0F 71 /6r    psllw       Ux Ib
  66 0F 72 /2r    psrld       Ux Ib
  66 0F 72 /4r    psrad       Ux Ib
  66 0F 72 /6r    pslld       Ux Ib
  66 0F 73 /2r    psrlq       Ux Ib
  66 0F 73 /6r    psllq       Ux Ib
  66 0F 73 /3r    psrldq      Ux Ib
  66 0F 73 /7r    pslldq      Ux Ib
  66 0F 6E        movd        Vx Ed
  66 o64 0F 6E    movq        Vx Eq
  66 0F 7E        movd        Ed Vx
  66 o64 0F 7E    movq        Eq Vx
  F3 0F 7E        movq        Vx Wq
  66 0F D6        movq        Wq Vx
  66 0F 6F        movdqa      Vx Wx
  F3 0F 6F        movdqu      Vx Wx
  66 0F 7F        movdqa      Wx Vx
  F3 0F 7F        movdqu      Wx Vx
  66 0F 70        pshufd      Vx Wx Ib
  F3 0F 70        pshufhw     Vx Wx Ib
  F2 0F 70        pshuflw     Vx Wx Ib
  66 0F C4        pinsrw      Vx Ry/Mw Ib
  66 0F C5        pextrw      Gy Ux Ib
  66 0F D7        pmovmskb    Gy Ux
  F3 0F D6        movq2dq     Vx Nq
  F2 0F D6        movdq2q     Pq Ux
  66 0F E7        movntdq     Mx Vx
  66 0F F7        maskmovdqu  DIx Vx Ux
# SSE3
  F2 0F F0        lddqu       Vx Mx
  66 0F 7C        haddpd      Vx Wx
  F2 0F 7C        haddps      Vx Wx
  66 0F 7D        hsubpd      Vx Wx
  F2 0F 7D        hsubps      Vx Wx
  66 0F D0        addsubpd    Vx Wx
  F2 0F D0        addsubps    Vx Wx
# SSSE3
  66 0F 38 00     pshufb      Vx Wx
  66 0F 38 01     phaddw      Vx Wx
  66 0F 38 02     phaddd      Vx Wx
  66 0F 38 03     phaddsw     Vx Wx
  66 0F 38 04     pmaddubsw   Vx Wx
  66 0F 38 05     phsubw      Vx Wx
  66 0F 38 06     phsubd      Vx Wx
  66 0F 38 07     phsubsw     Vx Wx
  66 0F 38 08     psignb      Vx Wx
  66 0F 38 09     psignw      Vx Wx
  66 0F 38 0A     psignd      Vx Wx
  66 0F 38 0B     pmulhrsw    Vx Wx
  66 0F 38 1C     pabsb       Vx Wx
  66 0F 38 1D     pabsw       Vx Wx
  66 0F 38 1E     pabsd       Vx Wx
  66 0F 3A 0F     palignr     Vx Wx Ib
`;
