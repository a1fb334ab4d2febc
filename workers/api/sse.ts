/** Server-sent events as text (HTML, section 9.2). */

/** Between two pings: proxies cut a silent connection after 30 s or more. */
export const PING_MS = 15_000;
/** Ten minutes; the client then resumes by Last-Event-ID, and a forgotten tab stops costing. */
export const PINGS_MAX = 40;
/** How long a client waits before it reconnects. */
const RETRY_MS = 1000;

export const sseStart = `retry: ${RETRY_MS}\n\n`;
export const ssePing = ': ping\n\n';

/** `data` must be one line: JSON is. */
export function sseEvent(event: string, id: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
