/** BMI1 and BMI2, the instructions with a VEX prefix. Row notation: ../row.ts. Source: SDM vol. 2. */
export const bmiRows = `
  VEX.L0 NP 0F 38 F2          andn         Gy By Ey
  VEX.L0 NP 0F 38 F3 /1       blsr         By Ey
  VEX.L0 NP 0F 38 F3 /2       blsmsk       By Ey
  VEX.L0 NP 0F 38 F3 /3       blsi         By Ey
  VEX.L0 NP 0F 38 F7          bextr        Gy Ey By
  VEX.L0 NP 0F 38 F5          bzhi         Gy Ey By
  VEX.L0 F3 0F 38 F5          pext         Gy By Ey
  VEX.L0 F2 0F 38 F5          pdep         Gy By Ey
  VEX.L0 F2 0F 38 F6          mulx         Gy By Ey
  VEX.L0 66 0F 38 F7          shlx         Gy Ey By
  VEX.L0 F3 0F 38 F7          sarx         Gy Ey By
  VEX.L0 F2 0F 38 F7          shrx         Gy Ey By
  VEX.L0 F2 0F 3A F0          rorx         Gy Ey Ib
`;
