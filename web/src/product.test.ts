import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createProductView } from './product'

const TONER = {
  id: 'rose-toner', name: '로즈 토너', description: '촉촉한 토너예요.', brand: '모루', kind: '토너',
  price: 18000, currency: 'KRW', in_stock: true, image_url: '/media/products/rose-toner.svg',
}
const ENGLISH = { ...TONER, name: 'Rose Toner', brand: 'Moru', description: 'A softening toner.' }

const asked: string[] = []
const shown: (string | null)[] = []

function view(answer: (address: string) => Promise<Response>, id = 'rose-toner') {
  const fetcher = vi.fn((input: RequestInfo | URL) => answer(input as string))
  const created = createProductView(id, {
    apiBase: '/api/v1',
    onAsk: (name) => asked.push(name),
    onShown: (name) => shown.push(name),
    fetcher,
  })
  const text = () => created.element.textContent
  return { ...created, fetcher, text }
}

const answering = (body: object, status = 200) => () => Promise.resolve(Response.json(body, { status }))

beforeEach(() => {
  asked.length = 0
  shown.length = 0
})

describe('a product', () => {
  test('is shown with all that there is to know, and can be asked about', async () => {
    const { element, show, text } = view(answering(TONER))
    await show('ko')
    expect(element.querySelector('h1')?.textContent).toBe('로즈 토너')
    for (const part of ['모루', '18,000원', '구매할 수 있어요', '촉촉한 토너예요.']) expect(text()).toContain(part)
    expect(element.querySelector('img')?.getAttribute('src')).toContain('/media/products/rose-toner.svg')
    element.querySelector('button')?.click()
    expect(asked).toEqual(['로즈 토너'])
    expect(shown).toEqual(['로즈 토너'])
  })

  test('is English in English, sold out when it is', async () => {
    const { show, text } = view(answering({ ...ENGLISH, in_stock: false }))
    await show('en')
    for (const part of ['Moru', '₩18,000', 'Sold out', 'Ask about this']) expect(text()).toContain(part)
  })

  test('of a strange address is asked for as one part of a path', async () => {
    const { show, fetcher } = view(answering({}, 404), '../chat?x=<b>')
    await show('ko')
    expect(fetcher.mock.calls[0]?.[0]).toBe('/api/v1/products/..%2Fchat%3Fx%3D%3Cb%3E?locale=ko')
  })

  test('says nothing as markup, and shows no picture of a strange kind', async () => {
    const { element, show, text } = view(answering({ ...TONER, name: '<img src=x>', image_url: 'javascript:alert(1)' }))
    await show('ko')
    expect(element.querySelector('img')).toBeNull()
    expect(text()).toContain('<img src=x>')
  })

  test('that changes its language keeps the last one asked for', async () => {
    const waiting: ((response: Response) => void)[] = []
    const { show, text } = view(() => new Promise((resolve) => waiting.push(resolve)))
    const korean = show('ko')
    const english = show('en')
    waiting[1]?.(Response.json(ENGLISH))
    await english
    waiting[0]?.(Response.json(TONER))
    await korean
    expect(text()).toContain('Rose Toner')
    expect(shown).toEqual(['Rose Toner'])
  })
})

describe('no product', () => {
  test.each([404, 422])('%i is told kindly', async (status) => {
    const { show, text, element } = view(answering({}, status))
    await show('ko')
    expect(text()).toContain('찾으시는 상품이 없어요')
    expect(element.querySelector('button')).toBeNull()
    await show('en')
    expect(text()).toContain('We couldn’t find that product')
    expect(shown).toEqual([null, null])
  })

  test.each([
    ['a broken server', answering({}, 503)],
    ['nonsense', answering([])],
    ['no connection', () => Promise.reject(new TypeError('failed'))],
  ])('%s is not said to be an unknown product', async (_, answer) => {
    const { show, text } = view(answer)
    await show('ko')
    expect(text()).toContain('상품을 불러오지 못했어요')
  })
})
