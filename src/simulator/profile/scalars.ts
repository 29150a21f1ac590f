/** Values of profile files. YAML scalars arrive as texts, so that hex and ICCIDs keep their digits. */
import { z } from 'zod';

export const text = z.string();
export const hex = z
  .string()
  .transform((value) => value.replace(/\s+/g, ''))
  .pipe(z.string().regex(/^([0-9A-Fa-f]{2})*$/, 'hex octets expected'));
export const aid = hex.pipe(z.string().regex(/^.{10,32}$/, 'an AID of 5 to 16 octets expected'));
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const number = z
  .string()
  .regex(/^(\d+|0x[0-9A-Fa-f]+)$/, 'a whole number expected (decimal, or hex with 0x)')
  .transform(Number);
export const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'a number expected')
  .transform(Number);
export const octet = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}$/, 'two hex digits expected')
  .transform((value) => Number.parseInt(value, 16));
export const statusWord = z
  .string()
  .regex(/^[0-9A-Fa-f]{4}$/, 'a status word of four hex digits expected')
  .transform((value) => Number.parseInt(value, 16));
