/** The page's words in both languages; the chat's own are in chat/texts.ts and come when it is opened. */

import type { Locale } from './locale'
import { isDemonstration, withShop } from './shop'

const KO = {
  'page.title': '{shop}',
  'brand.name': '{shop}',
  'brand.tagline': '다시 찾게 되는 가게',
  'language.label': '언어',
  'hero.eyebrow': '무엇이든 편하게 물어보세요',
  'hero.title': '기억해 주는 가게,\n{shop}',
  'hero.lead':
    '주문은 어디쯤 왔는지, 선물은 뭐가 좋을지, 쓸 수 있는 쿠폰은 있는지 채팅으로 물어보세요. 챗봇이 바로 답하고, 필요하면 상담원이 이어서 도와드려요.',
  'hero.open': '채팅으로 물어보기',
  'hero.note': '회원이 아니어도 바로 이용할 수 있어요.',
  'topics.title': '이런 걸 도와드려요',
  'topics.lead': '질문을 누르면 채팅이 열리고 바로 답해 드려요.',
  'topics.orders': '주문·배송',
  'topics.orders.ask': '제 주문 어디쯤 왔나요?',
  'topics.products': '상품 추천',
  'topics.products.ask': '선물하기 좋은 상품 추천해 주세요',
  'topics.coupons': '쿠폰·적립금',
  'topics.coupons.ask': '지금 쓸 수 있는 쿠폰 있어요?',
  'topics.returns': '교환·반품',
  'topics.returns.ask': '반품은 며칠 안에 해야 해요?',
  'how.title': '이렇게 답해요',
  'how.sources.title': '근거를 함께 보여드려요',
  'how.sources.text': '안내는 가게가 직접 쓴 글에서만 가져와요. 어떤 글을 보고 답했는지 답변 아래에 적어 드려요.',
  'how.privacy.title': '내 정보는 나만 볼 수 있어요',
  'how.privacy.text': '주문과 적립금은 본인 확인을 마친 뒤에만 보여드려요. 일반 안내는 로그인 없이도 돼요.',
  'how.people.title': '사람이 이어받아요',
  'how.people.text': '챗봇이 풀지 못하는 일은 상담원에게 넘겨요. 같은 설명을 다시 하지 않으셔도 돼요.',
  'product.label': '상품',
  'product.in_stock': '구매할 수 있어요',
  'product.sold_out': '품절이에요',
  'product.ask': '이 상품 물어보기',
  'product.unknown.title': '찾으시는 상품이 없어요',
  'product.unknown.text': '판매가 끝났거나 주소가 바뀌었을 수 있어요. 채팅으로 물어보시면 비슷한 상품을 찾아드려요.',
  'product.failed.title': '상품을 불러오지 못했어요',
  'product.failed.text': '연결을 확인하고 잠시 뒤 다시 열어 주세요.',
  'footer.note': '단골상점은 기능을 보여드리는 데모 상점이에요. 실제로 판매하거나 배송하지는 않아요.',
  'launcher.open': '채팅 열기',
  'launcher.close': '채팅 닫기',
  'launcher.label': '채팅',
  'launcher.unread': '새 메시지가 있어요',
  'launcher.failed': '채팅을 불러오지 못했어요. 연결을 확인하고 다시 눌러 주세요.',
} as const

export type PageText = keyof typeof KO

const EN: Record<PageText, string> = {
  'page.title': '{shop}',
  'brand.name': '{shop}',
  'brand.tagline': 'The place you come back to',
  'language.label': 'Language',
  'hero.eyebrow': 'Ask us anything',
  'hero.title': 'The shop that\nremembers you',
  'hero.lead':
    'Where your order is, what would make a good gift, which coupons you can use: just ask in the chat. The assistant answers right away, and our staff take over whenever you need a person.',
  'hero.open': 'Ask in the chat',
  'hero.note': 'No account needed to get started.',
  'topics.title': 'What we can help with',
  'topics.lead': 'Pick a question and the chat opens with your answer.',
  'topics.orders': 'Orders & delivery',
  'topics.orders.ask': 'Where is my order?',
  'topics.products': 'Recommendations',
  'topics.products.ask': 'Recommend something nice as a gift',
  'topics.coupons': 'Coupons & points',
  'topics.coupons.ask': 'Which coupons can I use?',
  'topics.returns': 'Returns & exchanges',
  'topics.returns.ask': 'How long do I have to return something?',
  'how.title': 'How we answer',
  'how.sources.title': 'With the source',
  'how.sources.text': 'Answers come only from articles the shop has written, and each one names the article it is based on.',
  'how.privacy.title': 'For your eyes only',
  'how.privacy.text': 'Orders and points are shown once we know it’s you. General questions need no sign-in at all.',
  'how.people.title': 'With people behind it',
  'how.people.text': 'When the assistant can’t solve it, our staff take over with the whole conversation in front of them.',
  'product.label': 'Product',
  'product.in_stock': 'In stock',
  'product.sold_out': 'Sold out',
  'product.ask': 'Ask about this',
  'product.unknown.title': 'We couldn’t find that product',
  'product.unknown.text': 'It may no longer be on sale, or its address has changed. Ask in the chat and we’ll look for something like it.',
  'product.failed.title': 'The product could not be loaded',
  'product.failed.text': 'Check your connection and open it again in a moment.',
  'footer.note': 'Dangol Shop is a demonstration: nothing here is really sold or shipped.',
  'launcher.open': 'Open chat',
  'launcher.close': 'Close chat',
  'launcher.label': 'Chat',
  'launcher.unread': 'You have new messages',
  'launcher.failed': 'The chat could not be loaded. Check your connection and try again.',
}

const TEXTS: Record<Locale, Record<PageText, string>> = { ko: KO, en: EN }

export function pageText(locale: Locale, key: PageText): string {
  // Only the demonstration has to say that nothing in it is sold.
  if (key === 'footer.note' && !isDemonstration) return ''
  return withShop(locale, TEXTS[locale][key])
}

export function isPageText(key: string): key is PageText {
  return Object.hasOwn(KO, key)
}
