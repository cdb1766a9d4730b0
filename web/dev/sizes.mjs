/** `npm run sizes`: what the built files weigh, gzipped as a server sends them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
for (const name of (await readdir(dist, { recursive: true })).sort()) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue
  const data = await readFile(join(dist, name))
  console.log(`${name.padEnd(40)} ${String(data.length).padStart(7)} ${String(gzipSync(data, { level: 9 }).length).padStart(7)}`)
}
