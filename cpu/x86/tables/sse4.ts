/** SSE4.1 and SSE4.2. Row notation: ../row.ts. Source: SDM vol. 2, appendix A. */
export const sse4Rows = `
# SSE4.1
  66 0F 38 10     pblendvb    Vx Wx XMM0
  66 0F 38 14     blendvps    Vx Wx XMM0
  66 0F 38 15     blendvpd    Vx Wx XMM0
  66 0F 38 17     ptest       Vx Wx
  66 0F 38 20     pmovsxbw    Vx Wq
  66 0F 38 21     pmovsxbd    Vx Wd
  66 0F 38 22     pmovsxbq    Vx Ww
  66 0F 38 23     pmovsxwd    Vx Wq
  66 0F 38 24     pmovsxwq    Vx Wd
  66 0F 38 25     pmovsxdq    Vx Wq
  66 0F 38 30     pmovzxbw    Vx Wq
  66 0F 38 31     pmovzxbd    Vx Wd
  66 0F 38 32     pmovzxbq    Vx Ww
  66 0F 38 33     pmovzxwd    Vx Wq
  66 0F 38 34     pmovzxwq    Vx Wd
  66 0F 38 35     pmovzxdq    Vx Wq
  66 0F 38 28     pmuldq      Vx Wx
  66 0F 38 29     pcmpeqq     Vx Wx
  66 0F 38 2A     movntdqa    Vx Mx
  66 0F 38 2B     packusdw    Vx Wx
  66 0F 38 38     pminsb      Vx Wx
  66 0F 38 39     pminsd      Vx Wx
  66 0F 38 3A     pminuw      Vx Wx
  66 0F 38 3B     pminud      Vx Wx
  66 0F 38 3C     pmaxsb      Vx Wx
  66 0F 38 3D     pmaxsd      Vx Wx
  66 0F 38 3E     pmaxuw      Vx Wx
  66 0F 38 3F     pmaxud      Vx Wx
  66 0F 38 40     pmulld      Vx Wx
  66 0F 38 41     phminposuw  Vx Wx
  66 0F 3A 08     roundps     Vx Wx Ib
  66 0F 3A 09     roundpd     Vx Wx Ib
  66 0F 3A 0A     roundss     Vx Wd Ib
  66 0F 3A 0B     roundsd     Vx Wq Ib
  66 0F 3A 0C     blendps     Vx Wx Ib
  66 0F 3A 0D     blendpd     Vx Wx Ib
  66 0F 3A 0E     pblendw     Vx Wx Ib
  66 0F 3A 14     pextrb      Ry/Mb Vx Ib
  66 0F 3A 15     pextrw      Ry/Mw Vx Ib
  66 0F 3A 16     pextrd      Ed Vx Ib
  66 o64 0F 3A 16 pextrq      Eq Vx Ib
  66 0F 3A 17     extractps   Ry/Md Vx Ib
  66 0F 3A 20     pinsrb      Vx Ry/Mb Ib
  66 0F 3A 21     insertps    Vx Wd Ib
  66 0F 3A 22     pinsrd      Vx Ed Ib
  66 o64 0F 3A 22 pinsrq      Vx Eq Ib
  66 0F 3A 40     dpps        Vx Wx Ib
  66 0F 3A 41     dppd        Vx Wx Ib
  66 0F 3A 42     mpsadbw     Vx Wx Ib
# SSE4.2
  66 0F 38 37     pcmpgtq     Vx Wx
  66 0F 3A 60     pcmpestrm   Vx Wx Ib
  66 0F 3A 61     pcmpestri   Vx Wx Ib
  66 0F 3A 62     pcmpistrm   Vx Wx Ib
  66 0F 3A 63     pcmpistri   Vx Wx Ib
  66 o64 0F 3A 60 pcmpestrm64 Vx Wx Ib
  66 o64 0F 3A 61 pcmpestri64 Vx Wx Ib
`;
