/** AES, carry-less multiplication, SHA. Row notation: ../row.ts. Source: SDM vol. 2. */
export const cryptoRows = `
  66 0F 38 DB     aesimc      Vx Wx
  66 0F 38 DC     aesenc      Vx Wx
  66 0F 38 DD     aesenclast  Vx Wx
  66 0F 38 DE     aesdec      Vx Wx
  66 0F 38 DF     aesdeclast  Vx Wx
  66 0F 3A DF     aeskeygenassist Vx Wx Ib
  66 0F 3A 44     pclmulqdq   Vx Wx Ib
  NP 0F 38 C8     sha1nexte   Vx Wx
  NP 0F 38 C9     sha1msg1    Vx Wx
  NP 0F 38 CA     sha1msg2    Vx Wx
  NP 0F 38 CB     sha256rnds2 Vx Wx XMM0
  NP 0F 38 CC     sha256msg1  Vx Wx
  NP 0F 38 CD     sha256msg2  Vx Wx
  NP 0F 3A CC     sha1rnds4   Vx Wx Ib
`;
