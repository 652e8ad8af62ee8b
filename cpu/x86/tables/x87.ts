/** x87. Row notation: ../row.ts. Source: SDM vol. 2, appendix A.5; the undocumented aliases as hardware executes them. */
export const x87Rows = `
# D8
  D8 /0m          fadd        ST0 Md
  D8 /1m          fmul        ST0 Md
  D8 /2m          fcom        ST0 Md
  D8 /3m          fcomp       ST0 Md
  D8 /4m          fsub        ST0 Md
  D8 /5m          fsubr       ST0 Md
  D8 /6m          fdiv        ST0 Md
  D8 /7m          fdivr       ST0 Md
  D8 C0+i         fadd        ST0 STi
  D8 C8+i         fmul        ST0 STi
  D8 D0+i         fcom        ST0 STi
  D8 D8+i         fcomp       ST0 STi
  D8 E0+i         fsub        ST0 STi
  D8 E8+i         fsubr       ST0 STi
  D8 F0+i         fdiv        ST0 STi
  D8 F8+i         fdivr       ST0 STi
# D9
  D9 /0m          fld         Md
  D9 /2m          fst         Md
  D9 /3m          fstp        Md
  D9 /4m          fldenv      M
  D9 /5m          fldcw       Mw
  D9 /6m          fnstenv     M
  D9 /7m          fnstcw      Mw
  D9 C0+i         fld         STi
  D9 C8+i         fxch        ST0 STi
  D9 D0           fnop
  D9 D8+i         fstpnce     STi
  D9 E0           fchs
  D9 E1           fabs
  D9 E4           ftst
  D9 E5           fxam
  D9 E8           fld1
  D9 E9           fldl2t
  D9 EA           fldl2e
  D9 EB           fldpi
  D9 EC           fldlg2
  D9 ED           fldln2
  D9 EE           fldz
  D9 F0           f2xm1
  D9 F1           fyl2x
  D9 F2           fptan
  D9 F3           fpatan
  D9 F4           fxtract
  D9 F5           fprem1
  D9 F6           fdecstp
  D9 F7           fincstp
  D9 F8           fprem
  D9 F9           fyl2xp1
  D9 FA           fsqrt
  D9 FB           fsincos
  D9 FC           frndint
  D9 FD           fscale
  D9 FE           fsin
  D9 FF           fcos
# DA
  DA /0m          fiadd       Md
  DA /1m          fimul       Md
  DA /2m          ficom       Md
  DA /3m          ficomp      Md
  DA /4m          fisub       Md
  DA /5m          fisubr      Md
  DA /6m          fidiv       Md
  DA /7m          fidivr      Md
  DA C0+i         fcmovb      ST0 STi
  DA C8+i         fcmove      ST0 STi
  DA D0+i         fcmovbe     ST0 STi
  DA D8+i         fcmovu      ST0 STi
  DA E9           fucompp
# DB
  DB /0m          fild        Md
  DB /1m          fisttp      Md
  DB /2m          fist        Md
  DB /3m          fistp       Md
  DB /5m          fld         Mt
  DB /7m          fstp        Mt
  DB C0+i         fcmovnb     ST0 STi
  DB C8+i         fcmovne     ST0 STi
  DB D0+i         fcmovnbe    ST0 STi
  DB D8+i         fcmovnu     ST0 STi
  DB E0           fneni
  DB E1           fndisi
  DB E2           fnclex
  DB E3           fninit
  DB E4           fnsetpm
  DB E8+i         fucomi      ST0 STi
  DB F0+i         fcomi       ST0 STi
# DC
  DC /0m          fadd        ST0 Mq
  DC /1m          fmul        ST0 Mq
  DC /2m          fcom        ST0 Mq
  DC /3m          fcomp       ST0 Mq
  DC /4m          fsub        ST0 Mq
  DC /5m          fsubr       ST0 Mq
  DC /6m          fdiv        ST0 Mq
  DC /7m          fdivr       ST0 Mq
  DC C0+i         fadd        STi ST0
  DC C8+i         fmul        STi ST0
  DC D0+i         fcom        ST0 STi
  DC D8+i         fcomp       ST0 STi
  DC E0+i         fsubr       STi ST0
  DC E8+i         fsub        STi ST0
  DC F0+i         fdivr       STi ST0
  DC F8+i         fdiv        STi ST0
# DD
  DD /0m          fld         Mq
  DD /1m          fisttp      Mq
  DD /2m          fst         Mq
  DD /3m          fstp        Mq
  DD /4m          frstor      M
  DD /6m          fnsave      M
  DD /7m          fnstsw      Mw
  DD C0+i         ffree       STi
  DD C8+i         fxch        ST0 STi
  DD D0+i         fst         STi
  DD D8+i         fstp        STi
  DD E0+i         fucom       ST0 STi
  DD E8+i         fucomp      ST0 STi
# DE
  DE /0m          fiadd       Mw
  DE /1m          fimul       Mw
  DE /2m          ficom       Mw
  DE /3m          ficomp      Mw
  DE /4m          fisub       Mw
  DE /5m          fisubr      Mw
  DE /6m          fidiv       Mw
  DE /7m          fidivr      Mw
  DE C0+i         faddp       STi ST0
  DE C8+i         fmulp       STi ST0
  DE E0+i         fsubrp      STi ST0
  DE E8+i         fsubp       STi ST0
  DE F0+i         fdivrp      STi ST0
  DE F8+i         fdivp       STi ST0
  DE D0+i         fcomp       ST0 STi
  DE D9           fcompp
# DF
  DF /0m          fild        Mw
  DF /1m          fisttp      Mw
  DF /2m          fist        Mw
  DF /3m          fistp       Mw
  DF /4m          fbld        Mt
  DF /5m          fild        Mq
  DF /6m          fbstp       Mt
  DF /7m          fistp       Mq
  DF C0+i         ffreep      STi
  DF C8+i         fxch        ST0 STi
  DF D0+i         fstp        STi
  DF D8+i         fstp        STi
  DF E8+i         fucomip     ST0 STi
  DF F0+i         fcomip      ST0 STi
  DF E0           fnstsw      AX
# The others
  9B              fwait
`;
