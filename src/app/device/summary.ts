/** What a package says, for logs and pictures: commands, statuses, alerts; no values, keys or one-time addresses. */
import {
  decodePackage1,
  decodePackage2,
  decodeResponse,
  type GenericAlert,
  MEDIA_TYPES,
  parseMediaType,
  statusLabel,
} from '../../dm/index.js';
import { SimbootError } from '../../errors/index.js';

/** Package#1 or Package#3 of a request, Package#2 of a response; empty for what is neither. */
export function packageSays(contentType: string | undefined, body: Uint8Array | undefined): string[] {
  if (contentType === undefined || body === undefined || body.length === 0) return [];
  try {
    return says(contentType, body);
  } catch (error) {
    if (error instanceof SimbootError) return [`not understood: ${error.code}`];
    throw error;
  }
}

function says(contentType: string, body: Uint8Array): string[] {
  switch (parseMediaType(contentType).essence) {
    case MEDIA_TYPES.package1: {
      const { mos, alerts } = decodePackage1(body).value;
      return ['Package#1', ...(mos ? [`${mos.length} MOs`] : []), ...alerts.map(alertName)];
    }
    case MEDIA_TYPES.package2:
      return [
        'Package#2',
        ...decodePackage2(body).value.commands.map((command) => command.map(shown).join(' ')),
      ];
    case MEDIA_TYPES.package3:
    case MEDIA_TYPES.multipart: {
      const { package3, parts } = decodeResponse(contentType, body);
      const statuses = package3.statuses.map(({ sc }) => `${sc} ${statusLabel(sc)}`.trim());
      const data = parts.size === 0 ? [] : [`data of ${parts.size} GET`];
      return ['Package#3', ...statuses, ...data, ...package3.alerts.map(alertName)];
    }
    default:
      return [];
  }
}

function alertName({ alertType }: GenericAlert): string {
  return `alert ${alertType.slice(alertType.lastIndexOf(':') + 1)}`;
}

/** A parameter of a command: of addresses the server alone, of ClientURIs all but the values they look for. */
function shown(parameter: string): string {
  if (/^https?:/i.test(parameter)) return origin(parameter);
  return parameter.replace(/([?&]nv=[^:&]*:)[^&]*/g, '$1…');
}

/** Where an address leads, without its path behind the first segment, which may be good for one use. */
export function origin(url: string): string {
  if (!URL.canParse(url)) return '(no address)';
  const { protocol, host, pathname, search } = new URL(url);
  const [, first = '', ...rest] = pathname.split('/');
  return `${protocol}//${host}/${first}${rest.length > 0 || search !== '' ? '/…' : ''}`;
}
