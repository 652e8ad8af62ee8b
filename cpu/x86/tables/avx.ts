/**
 * AVX, AVX2 and F16C. Row notation: ../row.ts. Source: SDM vol. 2, appendix A. X operands are xmm or ymm registers by VEX.L.
 */
export const avxRows = `
# Forms of SSE instructions, most with a first source of their own (H)
  VEX NP 0F 10               vmovups      VX WX
  VEX 66 0F 10               vmovupd      VX WX
  VEX F3 0F 10 /rm           vmovss       Vx Md
  VEX F3 0F 10 /rr           vmovss       Vx Hx Ux
  VEX F2 0F 10 /rm           vmovsd       Vx Mq
  VEX F2 0F 10 /rr           vmovsd       Vx Hx Ux
  VEX NP 0F 11               vmovups      WX VX
  VEX 66 0F 11               vmovupd      WX VX
  VEX F3 0F 11 /rm           vmovss       Md Vx
  VEX F3 0F 11 /rr           vmovss       Ux Hx Vx
  VEX F2 0F 11 /rm           vmovsd       Mq Vx
  VEX F2 0F 11 /rr           vmovsd       Ux Hx Vx
  VEX.L0 NP 0F 12 /rm        vmovlps      Vx Hx Mq
  VEX.L0 NP 0F 12 /rr        vmovhlps     Vx Hx Ux
  VEX.L0 66 0F 12            vmovlpd      Vx Hx Mq
  VEX F3 0F 12               vmovsldup    VX WX
  VEX.L0 F2 0F 12            vmovddup     Vx Wq
  VEX.L1 F2 0F 12            vmovddup     VX WX
  VEX.L0 NP 0F 13            vmovlps      Mq Vx
  VEX.L0 66 0F 13            vmovlpd      Mq Vx
  VEX NP 0F 14               vunpcklps    VX HX WX
  VEX 66 0F 14               vunpcklpd    VX HX WX
  VEX NP 0F 15               vunpckhps    VX HX WX
  VEX 66 0F 15               vunpckhpd    VX HX WX
  VEX.L0 NP 0F 16 /rm        vmovhps      Vx Hx Mq
  VEX.L0 NP 0F 16 /rr        vmovlhps     Vx Hx Ux
  VEX.L0 66 0F 16            vmovhpd      Vx Hx Mq
  VEX F3 0F 16               vmovshdup    VX WX
  VEX.L0 NP 0F 17            vmovhps      Mq Vx
  VEX.L0 66 0F 17            vmovhpd      Mq Vx
  VEX NP 0F 28               vmovaps      VX WX
  VEX 66 0F 28               vmovapd      VX WX
  VEX NP 0F 29               vmovaps      WX VX
  VEX 66 0F 29               vmovapd      WX VX
  VEX F3 0F 2A               vcvtsi2ss    Vx Hx Ey
  VEX F2 0F 2A               vcvtsi2sd    Vx Hx Ey
  VEX NP 0F 2B               vmovntps     MX VX
  VEX 66 0F 2B               vmovntpd     MX VX
  VEX F3 0F 2C               vcvttss2si   Gy Wd
  VEX F2 0F 2C               vcvttsd2si   Gy Wq
  VEX F3 0F 2D               vcvtss2si    Gy Wd
  VEX F2 0F 2D               vcvtsd2si    Gy Wq
  VEX NP 0F 2E               vucomiss     Vx Wd
  VEX 66 0F 2E               vucomisd     Vx Wq
  VEX NP 0F 2F               vcomiss      Vx Wd
  VEX 66 0F 2F               vcomisd      Vx Wq
  VEX NP 0F 50               vmovmskps    Gy UX
  VEX 66 0F 50               vmovmskpd    Gy UX
  VEX NP 0F 51               vsqrtps      VX WX
  VEX 66 0F 51               vsqrtpd      VX WX
  VEX F3 0F 51               vsqrtss      Vx Hx Wd
  VEX F2 0F 51               vsqrtsd      Vx Hx Wq
  VEX NP 0F 52               vrsqrtps     VX WX
  VEX F3 0F 52               vrsqrtss     Vx Hx Wd
  VEX NP 0F 53               vrcpps       VX WX
  VEX F3 0F 53               vrcpss       Vx Hx Wd
  VEX NP 0F 54               vandps       VX HX WX
  VEX 66 0F 54               vandpd       VX HX WX
  VEX NP 0F 55               vandnps      VX HX WX
  VEX 66 0F 55               vandnpd      VX HX WX
  VEX NP 0F 56               vorps        VX HX WX
  VEX 66 0F 56               vorpd        VX HX WX
  VEX NP 0F 57               vxorps       VX HX WX
  VEX 66 0F 57               vxorpd       VX HX WX
  VEX NP 0F 58               vaddps       VX HX WX
  VEX 66 0F 58               vaddpd       VX HX WX
  VEX F3 0F 58               vaddss       Vx Hx Wd
  VEX F2 0F 58               vaddsd       Vx Hx Wq
  VEX NP 0F 59               vmulps       VX HX WX
  VEX 66 0F 59               vmulpd       VX HX WX
  VEX F3 0F 59               vmulss       Vx Hx Wd
  VEX F2 0F 59               vmulsd       Vx Hx Wq
  VEX NP 0F 5A               vcvtps2pd    VX Wh
  VEX 66 0F 5A               vcvtpd2ps    Vx WX
  VEX F3 0F 5A               vcvtss2sd    Vx Hx Wd
  VEX F2 0F 5A               vcvtsd2ss    Vx Hx Wq
  VEX NP 0F 5B               vcvtdq2ps    VX WX
  VEX 66 0F 5B               vcvtps2dq    VX WX
  VEX F3 0F 5B               vcvttps2dq   VX WX
  VEX NP 0F 5C               vsubps       VX HX WX
  VEX 66 0F 5C               vsubpd       VX HX WX
  VEX F3 0F 5C               vsubss       Vx Hx Wd
  VEX F2 0F 5C               vsubsd       Vx Hx Wq
  VEX NP 0F 5D               vminps       VX HX WX
  VEX 66 0F 5D               vminpd       VX HX WX
  VEX F3 0F 5D               vminss       Vx Hx Wd
  VEX F2 0F 5D               vminsd       Vx Hx Wq
  VEX NP 0F 5E               vdivps       VX HX WX
  VEX 66 0F 5E               vdivpd       VX HX WX
  VEX F3 0F 5E               vdivss       Vx Hx Wd
  VEX F2 0F 5E               vdivsd       Vx Hx Wq
  VEX NP 0F 5F               vmaxps       VX HX WX
  VEX 66 0F 5F               vmaxpd       VX HX WX
  VEX F3 0F 5F               vmaxss       Vx Hx Wd
  VEX F2 0F 5F               vmaxsd       Vx Hx Wq
  VEX NP 0F C2               vcmpps       VX HX WX Ib
  VEX 66 0F C2               vcmppd       VX HX WX Ib
  VEX F3 0F C2               vcmpss       Vx Hx Wd Ib
  VEX F2 0F C2               vcmpsd       Vx Hx Wq Ib
  VEX NP 0F C6               vshufps      VX HX WX Ib
  VEX 66 0F C6               vshufpd      VX HX WX Ib
  VEX 66 0F E6               vcvttpd2dq   Vx WX
  VEX F3 0F E6               vcvtdq2pd    VX Wh
  VEX F2 0F E6               vcvtpd2dq    Vx WX
  VEX 66 0F 60               vpunpcklbw   VX HX WX
  VEX 66 0F 61               vpunpcklwd   VX HX WX
  VEX 66 0F 62               vpunpckldq   VX HX WX
  VEX 66 0F 63               vpacksswb    VX HX WX
  VEX 66 0F 64               vpcmpgtb     VX HX WX
  VEX 66 0F 65               vpcmpgtw     VX HX WX
  VEX 66 0F 66               vpcmpgtd     VX HX WX
  VEX 66 0F 67               vpackuswb    VX HX WX
  VEX 66 0F 68               vpunpckhbw   VX HX WX
  VEX 66 0F 69               vpunpckhwd   VX HX WX
  VEX 66 0F 6A               vpunpckhdq   VX HX WX
  VEX 66 0F 6B               vpackssdw    VX HX WX
  VEX 66 0F 74               vpcmpeqb     VX HX WX
  VEX 66 0F 75               vpcmpeqw     VX HX WX
  VEX 66 0F 76               vpcmpeqd     VX HX WX
  VEX 66 0F D1               vpsrlw       VX HX Wx
  VEX 66 0F D2               vpsrld       VX HX Wx
  VEX 66 0F D3               vpsrlq       VX HX Wx
  VEX 66 0F D4               vpaddq       VX HX WX
  VEX 66 0F D5               vpmullw      VX HX WX
  VEX 66 0F D8               vpsubusb     VX HX WX
  VEX 66 0F D9               vpsubusw     VX HX WX
  VEX 66 0F DA               vpminub      VX HX WX
  VEX 66 0F DB               vpand        VX HX WX
  VEX 66 0F DC               vpaddusb     VX HX WX
  VEX 66 0F DD               vpaddusw     VX HX WX
  VEX 66 0F DE               vpmaxub      VX HX WX
  VEX 66 0F DF               vpandn       VX HX WX
  VEX 66 0F E0               vpavgb       VX HX WX
  VEX 66 0F E1               vpsraw       VX HX Wx
  VEX 66 0F E2               vpsrad       VX HX Wx
  VEX 66 0F E3               vpavgw       VX HX WX
  VEX 66 0F E4               vpmulhuw     VX HX WX
  VEX 66 0F E5               vpmulhw      VX HX WX
  VEX 66 0F E8               vpsubsb      VX HX WX
  VEX 66 0F E9               vpsubsw      VX HX WX
  VEX 66 0F EA               vpminsw      VX HX WX
  VEX 66 0F EB               vpor         VX HX WX
  VEX 66 0F EC               vpaddsb      VX HX WX
  VEX 66 0F ED               vpaddsw      VX HX WX
  VEX 66 0F EE               vpmaxsw      VX HX WX
  VEX 66 0F EF               vpxor        VX HX WX
  VEX 66 0F F1               vpsllw       VX HX Wx
  VEX 66 0F F2               vpslld       VX HX Wx
  VEX 66 0F F3               vpsllq       VX HX Wx
  VEX 66 0F F4               vpmuludq     VX HX WX
  VEX 66 0F F5               vpmaddwd     VX HX WX
  VEX 66 0F F6               vpsadbw      VX HX WX
  VEX 66 0F F8               vpsubb       VX HX WX
  VEX 66 0F F9               vpsubw       VX HX WX
  VEX 66 0F FA               vpsubd       VX HX WX
  VEX 66 0F FB               vpsubq       VX HX WX
  VEX 66 0F FC               vpaddb       VX HX WX
  VEX 66 0F FD               vpaddw       VX HX WX
  VEX 66 0F FE               vpaddd       VX HX WX
  VEX 66 0F 6C               vpunpcklqdq  VX HX WX
  VEX 66 0F 6D               vpunpckhqdq  VX HX WX
  VEX 66 0F 71 /2r           vpsrlw       HX UX Ib
  VEX 66 0F 71 /4r           vpsraw       HX UX Ib
  VEX 66 0F 71 /6r           vpsllw       HX UX Ib
  VEX 66 0F 72 /2r           vpsrld       HX UX Ib
  VEX 66 0F 72 /4r           vpsrad       HX UX Ib
  VEX 66 0F 72 /6r           vpslld       HX UX Ib
  VEX 66 0F 73 /2r           vpsrlq       HX UX Ib
  VEX 66 0F 73 /6r           vpsllq       HX UX Ib
  VEX 66 0F 73 /3r           vpsrldq      HX UX Ib
  VEX 66 0F 73 /7r           vpslldq      HX UX Ib
  VEX.L0.W0 66 0F 6E         vmovd        Vx Ed
  VEX.L0.W1 66 0F 6E         vmovq        Vx Eq
  VEX.L0.W0 66 0F 7E         vmovd        Ed Vx
  VEX.L0.W1 66 0F 7E         vmovq        Eq Vx
  VEX.L0 F3 0F 7E            vmovq        Vx Wq
  VEX.L0 66 0F D6            vmovq        Wq Vx
  VEX 66 0F 6F               vmovdqa      VX WX
  VEX F3 0F 6F               vmovdqu      VX WX
  VEX 66 0F 7F               vmovdqa      WX VX
  VEX F3 0F 7F               vmovdqu      WX VX
  VEX 66 0F 70               vpshufd      VX WX Ib
  VEX F3 0F 70               vpshufhw     VX WX Ib
  VEX F2 0F 70               vpshuflw     VX WX Ib
  VEX.L0 66 0F C4            vpinsrw      Vx Hx Ry/Mw Ib
  VEX.L0 66 0F C5            vpextrw      Gy Ux Ib
  VEX 66 0F D7               vpmovmskb    Gy UX
  VEX 66 0F E7               vmovntdq     MX VX
  VEX.L0 66 0F F7            vmaskmovdqu  DIx Vx Ux
  VEX F2 0F F0               vlddqu       VX MX
  VEX 66 0F 7C               vhaddpd      VX HX WX
  VEX F2 0F 7C               vhaddps      VX HX WX
  VEX 66 0F 7D               vhsubpd      VX HX WX
  VEX F2 0F 7D               vhsubps      VX HX WX
  VEX 66 0F D0               vaddsubpd    VX HX WX
  VEX F2 0F D0               vaddsubps    VX HX WX
  VEX 66 0F 38 00            vpshufb      VX HX WX
  VEX 66 0F 38 01            vphaddw      VX HX WX
  VEX 66 0F 38 02            vphaddd      VX HX WX
  VEX 66 0F 38 03            vphaddsw     VX HX WX
  VEX 66 0F 38 04            vpmaddubsw   VX HX WX
  VEX 66 0F 38 05            vphsubw      VX HX WX
  VEX 66 0F 38 06            vphsubd      VX HX WX
  VEX 66 0F 38 07            vphsubsw     VX HX WX
  VEX 66 0F 38 08            vpsignb      VX HX WX
  VEX 66 0F 38 09            vpsignw      VX HX WX
  VEX 66 0F 38 0A            vpsignd      VX HX WX
  VEX 66 0F 38 0B            vpmulhrsw    VX HX WX
  VEX 66 0F 38 1C            vpabsb       VX WX
  VEX 66 0F 38 1D            vpabsw       VX WX
  VEX 66 0F 38 1E            vpabsd       VX WX
  VEX 66 0F 3A 0F            vpalignr     VX HX WX Ib
  VEX 66 0F 38 17            vptest       VX WX
  VEX 66 0F 38 20            vpmovsxbw    VX Wh
  VEX 66 0F 38 21            vpmovsxbd    VX Wf
  VEX 66 0F 38 22            vpmovsxbq    VX We
  VEX 66 0F 38 23            vpmovsxwd    VX Wh
  VEX 66 0F 38 24            vpmovsxwq    VX Wf
  VEX 66 0F 38 25            vpmovsxdq    VX Wh
  VEX 66 0F 38 30            vpmovzxbw    VX Wh
  VEX 66 0F 38 31            vpmovzxbd    VX Wf
  VEX 66 0F 38 32            vpmovzxbq    VX We
  VEX 66 0F 38 33            vpmovzxwd    VX Wh
  VEX 66 0F 38 34            vpmovzxwq    VX Wf
  VEX 66 0F 38 35            vpmovzxdq    VX Wh
  VEX 66 0F 38 28            vpmuldq      VX HX WX
  VEX 66 0F 38 29            vpcmpeqq     VX HX WX
  VEX 66 0F 38 2A            vmovntdqa    VX MX
  VEX 66 0F 38 2B            vpackusdw    VX HX WX
  VEX 66 0F 38 38            vpminsb      VX HX WX
  VEX 66 0F 38 39            vpminsd      VX HX WX
  VEX 66 0F 38 3A            vpminuw      VX HX WX
  VEX 66 0F 38 3B            vpminud      VX HX WX
  VEX 66 0F 38 3C            vpmaxsb      VX HX WX
  VEX 66 0F 38 3D            vpmaxsd      VX HX WX
  VEX 66 0F 38 3E            vpmaxuw      VX HX WX
  VEX 66 0F 38 3F            vpmaxud      VX HX WX
  VEX 66 0F 38 40            vpmulld      VX HX WX
  VEX.L0 66 0F 38 41         vphminposuw  Vx Wx
  VEX 66 0F 3A 08            vroundps     VX WX Ib
  VEX 66 0F 3A 09            vroundpd     VX WX Ib
  VEX 66 0F 3A 0A            vroundss     Vx Hx Wd Ib
  VEX 66 0F 3A 0B            vroundsd     Vx Hx Wq Ib
  VEX 66 0F 3A 0C            vblendps     VX HX WX Ib
  VEX 66 0F 3A 0D            vblendpd     VX HX WX Ib
  VEX 66 0F 3A 0E            vpblendw     VX HX WX Ib
  VEX.L0 66 0F 3A 14         vpextrb      Ry/Mb Vx Ib
  VEX.L0 66 0F 3A 15         vpextrw      Ry/Mw Vx Ib
  VEX.L0.W0 66 0F 3A 16      vpextrd      Ed Vx Ib
  VEX.L0.W1 66 0F 3A 16      vpextrq      Eq Vx Ib
  VEX.L0 66 0F 3A 17         vextractps   Ry/Md Vx Ib
  VEX.L0 66 0F 3A 20         vpinsrb      Vx Hx Ry/Mb Ib
  VEX.L0 66 0F 3A 21         vinsertps    Vx Hx Wd Ib
  VEX.L0.W0 66 0F 3A 22      vpinsrd      Vx Hx Ed Ib
  VEX.L0.W1 66 0F 3A 22      vpinsrq      Vx Hx Eq Ib
  VEX 66 0F 3A 40            vdpps        VX HX WX Ib
  VEX.L0 66 0F 3A 41         vdppd        Vx Hx Wx Ib
  VEX 66 0F 3A 42            vmpsadbw     VX HX WX Ib
  VEX 66 0F 38 37            vpcmpgtq     VX HX WX
  VEX.L0 66 0F 3A 60         vpcmpestrm   Vx Wx Ib
  VEX.L0 66 0F 3A 61         vpcmpestri   Vx Wx Ib
  VEX.L0 66 0F 3A 62         vpcmpistrm   Vx Wx Ib
  VEX.L0 66 0F 3A 63         vpcmpistri   Vx Wx Ib
  VEX.L0.W1 66 0F 3A 60      vpcmpestrm64 Vx Wx Ib
  VEX.L0.W1 66 0F 3A 61      vpcmpestri64 Vx Wx Ib
# Forms of AES and carry-less multiplication
  VEX.L0 66 0F 38 DB          vaesimc      Vx Wx
  VEX.L0 66 0F 38 DC          vaesenc      Vx Hx Wx
  VEX.L0 66 0F 38 DD          vaesenclast  Vx Hx Wx
  VEX.L0 66 0F 38 DE          vaesdec      Vx Hx Wx
  VEX.L0 66 0F 38 DF          vaesdeclast  Vx Hx Wx
  VEX.L0 66 0F 3A DF          vaeskeygenassist Vx Wx Ib
  VEX.L0 66 0F 3A 44          vpclmulqdq   Vx Hx Wx Ib
# AVX: what has no SSE form
  VEX.L0 NP 0F 77             vzeroupper
  VEX.L1 NP 0F 77             vzeroall
  VEX.L0 NP 0F AE /2m         vldmxcsr     Md
  VEX.L0 NP 0F AE /3m         vstmxcsr     Md
  VEX.W0 66 0F 38 0C          vpermilps    VX HX WX
  VEX.W0 66 0F 38 0D          vpermilpd    VX HX WX
  VEX.W0 66 0F 3A 04          vpermilps    VX WX Ib
  VEX.W0 66 0F 3A 05          vpermilpd    VX WX Ib
  VEX.W0 66 0F 38 0E          vtestps      VX WX
  VEX.W0 66 0F 38 0F          vtestpd      VX WX
  VEX.W0 66 0F 38 18          vbroadcastss VX Wd
  VEX.L1.W0 66 0F 38 19       vbroadcastsd VX Wq
  VEX.L1.W0 66 0F 38 1A       vbroadcastf128 VX Mx
  VEX.W0 66 0F 38 2C          vmaskmovps   VX HX MX
  VEX.W0 66 0F 38 2D          vmaskmovpd   VX HX MX
  VEX.W0 66 0F 38 2E          vmaskmovps   MX HX VX
  VEX.W0 66 0F 38 2F          vmaskmovpd   MX HX VX
  VEX.L1.W0 66 0F 3A 06       vperm2f128   VX HX WX Ib
  VEX.L1.W0 66 0F 3A 18       vinsertf128  VX HX Wx Ib
  VEX.L1.W0 66 0F 3A 19       vextractf128 Wx VX Ib
  VEX.W0 66 0F 3A 4A          vblendvps    VX HX WX LX
  VEX.W0 66 0F 3A 4B          vblendvpd    VX HX WX LX
  VEX.W0 66 0F 3A 4C          vpblendvb    VX HX WX LX
# F16C
  VEX.W0 66 0F 38 13          vcvtph2ps    VX Wh
  VEX.W0 66 0F 3A 1D          vcvtps2ph    Wh VX Ib
# AVX2: what has no SSE form
  VEX.L1.W0 66 0F 38 16       vpermps      VX HX WX
  VEX.L1.W0 66 0F 38 36       vpermd       VX HX WX
  VEX.L1.W1 66 0F 3A 00       vpermq       VX WX Ib
  VEX.L1.W1 66 0F 3A 01       vpermpd      VX WX Ib
  VEX.L1.W0 66 0F 3A 46       vperm2i128   VX HX WX Ib
  VEX.L1.W0 66 0F 3A 38       vinserti128  VX HX Wx Ib
  VEX.L1.W0 66 0F 3A 39       vextracti128 Wx VX Ib
  VEX.W0 66 0F 3A 02          vpblendd     VX HX WX Ib
  VEX.W0 66 0F 38 45          vpsrlvd      VX HX WX
  VEX.W1 66 0F 38 45          vpsrlvq      VX HX WX
  VEX.W0 66 0F 38 46          vpsravd      VX HX WX
  VEX.W0 66 0F 38 47          vpsllvd      VX HX WX
  VEX.W1 66 0F 38 47          vpsllvq      VX HX WX
  VEX.W0 66 0F 38 58          vpbroadcastd VX Wd
  VEX.W0 66 0F 38 59          vpbroadcastq VX Wq
  VEX.L1.W0 66 0F 38 5A       vbroadcasti128 VX Mx
  VEX.W0 66 0F 38 78          vpbroadcastb VX Wb
  VEX.W0 66 0F 38 79          vpbroadcastw VX Ww
  VEX.W0 66 0F 38 8C          vpmaskmovd   VX HX MX
  VEX.W1 66 0F 38 8C          vpmaskmovq   VX HX MX
  VEX.W0 66 0F 38 8E          vpmaskmovd   MX HX VX
  VEX.W1 66 0F 38 8E          vpmaskmovq   MX HX VX
# Gathers: the index register follows the memory operand, the mask comes last
  VEX.W0 66 0F 38 90          vpgatherdd   VX TdX HX
  VEX.W1 66 0F 38 90          vpgatherdq   VX Tqx HX
  VEX.W0 66 0F 38 91          vpgatherqd   Vx TdX Hx
  VEX.W1 66 0F 38 91          vpgatherqq   VX TqX HX
  VEX.W0 66 0F 38 92          vgatherdps   VX TdX HX
  VEX.W1 66 0F 38 92          vgatherdpd   VX Tqx HX
  VEX.W0 66 0F 38 93          vgatherqps   Vx TdX Hx
  VEX.W1 66 0F 38 93          vgatherqpd   VX TqX HX
`;
