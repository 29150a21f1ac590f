/** HTML of the web component: everything that comes from outside is escaped, nothing runs (DM 2.0 §5.1.5). */
import { createHash } from 'node:crypto';
import { encodeUtf8 } from '../../../bytes/index.js';
import type { ServerResponse } from '../types.js';

const STYLE = `:root{color-scheme:light dark;font:1.125rem/1.5 system-ui,sans-serif}
body{margin:0;display:flex;justify-content:center}
main{width:100%;max-width:34rem;padding:1.5rem;box-sizing:border-box;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}
p,legend{white-space:pre-line;margin:0 0 1rem;padding:0}
fieldset{border:0;margin:0;padding:0}
.row{display:flex;gap:.75rem;align-items:center;min-height:3rem}
.row label{flex:1;padding:.5rem 0}
input[type=radio],input[type=checkbox]{width:1.5rem;height:1.5rem;margin:0;flex:none}
textarea{width:100%;min-height:7rem;box-sizing:border-box;font:inherit;padding:.5rem}
button{font:inherit;min-height:3rem;padding:.5rem 1.5rem;margin:1rem .75rem 0 0;border:2px solid #1d4ed8;border-radius:.5rem;background:#1d4ed8;color:#fff}
button.second{background:transparent;color:inherit}
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
.problem{border-left:4px solid #dc2626;padding-left:.75rem}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** No script, no frame, no other origin; the form goes back to where the page came from. */
const HEADERS = {
  'content-type': 'text/html;charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A text for HTML, between tags or in a quoted attribute.
 */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** A whole page. `title` is a plain text, `main` is HTML. */
export function htmlPage(status: number, lang: string, title: string, main: string): ServerResponse {
  const text = `<!doctype html>
<html lang="${escapeHtml(lang)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>
${main}
</main></body>
</html>
`;
  return { status, headers: HEADERS, body: encodeUtf8(text) };
}
