/** EF(TokenInfo) (PKCS#15 v1.1 §6.10): not in DM 2.0's list of files, but OpenSC opens no application without it. */
import type { FileLocation } from '../../card/index.js';
import { decodeTokenInfo, type TokenInfo } from '../../pkcs15/index.js';
import type { Survey } from './directory.js';
import { FID, locationText, resolvePath } from './paths.js';
import { type CardSession, exists, isAboutTheCard } from './session.js';

export interface TokenInfoView {
  readonly file: string;
  readonly location: FileLocation;
  readonly content: Uint8Array;
  readonly isBlank: boolean;
  readonly tokenInfo: TokenInfo | undefined;
}

/**
 * Reads EF(TokenInfo), from where EF(DIR) says or 5032.
 *
 * @returns undefined where it is missing or cannot be read; the findings say so
 */
export async function readTokenInfo(
  session: CardSession,
  { application, dir, findings }: Survey,
): Promise<TokenInfoView | undefined> {
  if (!application) return undefined;
  const named = dir?.ours?.template.ddo?.tokenInfoPath;
  try {
    const location = named
      ? resolvePath(application.location, named, 'EF(DIR) tokenInfoPath')
      : { application: application.location, relative: [FID.TOKEN_INFO] };
    const file = `EF(TokenInfo) ${locationText(location)}`;
    if (!(await exists(session, location))) {
      const message = 'the file is missing; some readers (OpenSC) need it to open the application';
      findings.note('warning', 'token-info-missing', file, message);
      return undefined;
    }
    const content = await session.content(location);
    const isBlank = content[0] === 0xff || content[0] === 0x00;
    const decoded = isBlank ? undefined : decodeTokenInfo(content);
    if (isBlank) findings.note('warning', 'token-info-blank', file, 'the file has no content');
    if (decoded) findings.adopt(decoded.findings, file);
    return { file, location, content, isBlank, tokenInfo: decoded?.entries };
  } catch (error) {
    if (!isAboutTheCard(error)) throw error;
    findings.note('warning', 'token-info-unreadable', 'EF(TokenInfo)', error.message);
    return undefined;
  }
}
