/** The ioctl codes that any descriptor may get. Source: include/uapi/asm-generic/ioctls.h. Terminals' own are in termios.ts. */
export const FIONREAD = 0x541b;
export const FIONBIO = 0x5421;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;
export const FIOASYNC = 0x5452;
export const FIOQSIZE = 0x5460;
