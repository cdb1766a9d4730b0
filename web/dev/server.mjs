/** `npm run fake`: the built page on a free port (or PORT) with the stand-in API, under the platform's own content security policy. */
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFakeApi } from './fake-api.mjs'

const DIST = fileURLToPath(new URL('../dist/', import.meta.url))
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json',
})
const POLICY =
  "default-src 'self'; img-src 'self' data: https:; style-src 'self'; script-src 'self'; connect-src 'self'; " +
  "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** A product's picture, drawn from its name. @param {string} path */
function drawing(path) {
  const hue = Array.from(path).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 360
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240"><rect width="320" height="240" fill="hsl(${hue} 40% 88%)"/>` +
    `<rect x="110" y="60" width="100" height="130" rx="24" fill="hsl(${hue} 35% 55%)"/><circle cx="160" cy="60" r="26" fill="hsl(${hue} 35% 70%)"/></svg>`
  )
}

/**
 * Starts the server. `url` is its address, `api` the stand-in (what it received, ways to break it).
 * @param {{port?: number, pace?: number}} [options]
 */
export async function startServer({ port = 0, pace = 600 } = {}) {
  const api = createFakeApi({ pace })
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://fake')
    response.setHeader('Content-Security-Policy', POLICY)
    if (pathname.startsWith('/api/v1/')) {
      api.handle(request, response).catch((error) => response.destroy(error))
    } else if (pathname.startsWith('/media/')) {
      response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(drawing(pathname))
    } else {
      const path = join(DIST, normalize(pathname === '/' ? '/index.html' : pathname))
      readFile(path).then(
        (data) => response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(data),
        () => response.writeHead(404).end(),
      )
    }
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    api,
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve(undefined)))
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startServer({ port: Number(process.env['PORT'] ?? 0) })
  console.log(url)
}
