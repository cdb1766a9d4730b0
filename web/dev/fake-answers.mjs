/** What the stand-in says to which words, in the language of the question. */

/** @typedef {Record<string, unknown> & {text: string}} Reply */

const PRODUCTS = [
  { id: 'ceramic-mug', ko: '단아 도자기 머그 350ml', en: 'Dana ceramic mug 350 ml', price: 18900, stock: true, why: ['선물로 가장 많이 찾으세요', 'Our most popular gift'] },
  { id: 'hand-cream', ko: '모루 장미 핸드크림 50ml', en: 'Moru rose hand cream 50 ml', price: 12000, stock: true, why: ['건조한 계절에 잘 맞아요', 'Good for the dry season'] },
  { id: 'tea-set', ko: '제주 햇차 선물 세트 (우전·세작 2종)', en: 'Jeju first-flush tea gift set (two kinds)', price: 28000, stock: false, why: ['3만 원 이하 선물이에요', 'Under 30,000 won'] },
  { id: 'socks', ko: '포근 울 양말 3켤레', en: 'Pogeun wool socks, three pairs', price: 15900, stock: true, why: ['후기 평점 4.8', 'Rated 4.8 by customers'] },
]

/** A product as its own page shows it; null for an unknown one. @param {string} id @param {boolean} ko */
export function productOf(id, ko) {
  const item = PRODUCTS.find((product) => product.id === id)
  if (item === undefined) return null
  return {
    id, name: ko ? item.ko : item.en, price: item.price, currency: 'KRW', in_stock: item.stock, image_url: `/media/products/${id}.svg`,
    brand: ko ? '단골' : 'Dangol', kind: ko ? '선물' : 'gift',
    description: ko ? `${item.why[0]}. 하나씩 정성껏 포장해서 보내 드려요.` : `${item.why[1]}. Each one is wrapped with care.`,
  }
}

/** @param {string} text @param {boolean} ko */
function faq(text, ko) {
  if (/반품|교환|return/i.test(text)) {
    return {
      text: ko
        ? '받은 날부터 **7일 안에** 신청해 주세요.\n\n- 단순 변심: 반품비 6,000원\n- 상품에 문제가 있을 때: 반품비 없음\n\n자세한 순서는 [반품 안내](https://shop.example/returns)에서 볼 수 있어요.'
        : 'You have **7 days** from the day it arrives.\n\n- Changed your mind: return fee 6,000 won\n- Something wrong with the item: no fee\n\nSee [how to return](https://shop.example/returns) for the steps.',
      sources: [{ topic: 'return-period', title: ko ? '반품 가능 기간' : 'Return period', score: 0.91 }, { topic: 'return-fee', title: ko ? '반품 배송비' : 'Return fee', score: 0.74 }],
    }
  }
  return {
    text: ko ? '배송비는 3,000원이고, 5만 원 이상 주문하시면 무료예요.' : 'Shipping is 3,000 won, and free from 50,000 won.',
    sources: [{ topic: 'shipping-fee', title: ko ? '배송비' : 'Shipping fee', score: 0.93 }],
  }
}

/** @param {boolean} ko */
function products(ko) {
  return {
    text: ko ? '3만 원 이하 선물로 이런 상품은 어떠세요?' : 'How about one of these as a gift under 30,000 won?',
    products: PRODUCTS.map((item) => ({
      id: item.id, name: ko ? item.ko : item.en, price: item.price, currency: 'KRW', in_stock: item.stock,
      url: `/?product=${item.id}`, image_url: `/media/products/${item.id}.svg`, reason: item.why[ko ? 0 : 1],
    })),
    buttons: [
      { title: ko ? '더 보여 주세요' : 'Show me more', payload: '/more{"page":2}' },
      { title: ko ? '다른 가격대로' : 'Another price range', payload: '/other_price' },
    ],
  }
}

/** @param {boolean} ko @param {boolean} mine */
function coupons(ko, mine) {
  const birthday = { code: 'BDAY-7K2M-Q9', title: ko ? '생일 축하 쿠폰 5,000원' : 'Birthday coupon, 5,000 won', expires_at: '2031-03-14T23:59:59+09:00' }
  const welcome = { code: 'HELLO-3XW8', title: ko ? '첫 구매 10% 할인 쿠폰' : 'Welcome coupon, 10 % off', expires_at: '2031-02-28T23:59:59+09:00' }
  if (mine) return { text: ko ? '지금 쓸 수 있는 쿠폰이 2장 있어요.' : 'You have 2 coupons to use.', coupons: [welcome, birthday] }
  return { text: ko ? '생일 축하드려요! 쿠폰을 넣어 드렸어요.' : 'Happy birthday! Here is your coupon.', coupon: birthday }
}

/**
 * The replies to a text or a button.
 * @param {string} text @param {{payload?: string, attachment_id?: string}} body
 * @returns {{replies: Reply[], handover?: boolean}}
 */
export function answer(text, body) {
  const ko = /[ㄱ-힣]/.test(text)
  if (body.attachment_id !== undefined) return { replies: [{ text: '사진 잘 받았어요. 어떤 점을 도와드릴까요?' }] }
  if (/상담원|person/i.test(text)) {
    return { handover: true, replies: [{ text: ko ? '상담원에게 연결해 드릴게요. 순서가 되면 바로 이어서 도와드려요.' : 'I’ll get a member of staff. They’ll join as soon as it’s your turn.' }] }
  }
  if (/추천|recommend/i.test(text)) return { replies: [products(ko)] }
  if (/쿠폰|coupon/i.test(text)) return { replies: [coupons(ko, /있|which|my coupons/i.test(text))] }
  if (/배송비|반품|교환|shipping|return/i.test(text)) return { replies: [faq(text, ko)] }
  if (/주문|order/i.test(text)) {
    return {
      replies: [{
        text: ko ? '주문을 보여드리려면 먼저 본인 확인이 필요해요. 어떻게 확인할까요?' : 'To show your orders I first need to know it’s you. How shall we do that?',
        buttons: [{ title: ko ? '이메일로 인증번호 받기' : 'Send a code to my e-mail', payload: '/verify_email' }, { title: ko ? '쇼핑몰에서 로그인하기' : 'Sign in to the shop', payload: '/sign_in' }],
      }],
    }
  }
  if (/markup/.test(text)) return { replies: [{ text: '<img src=x onerror="document.title=1"> <b>bold</b> [x](javascript:alert(1)) http://plain.example' }] }
  return { replies: [{ text: ko ? `‘${text}’라고 하셨군요. 조금 더 자세히 말씀해 주시겠어요?` : `You said “${text}”. Could you tell me a little more?` }] }
}
