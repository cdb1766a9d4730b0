/** The chat panel's words in both languages. */

import type { Locale } from '../locale'
import { withShop } from '../shop'
import type { Failure, Notice } from './entries'

export interface ChatTexts {
  title: string
  close: string
  log: string
  composer: string
  placeholder: string
  send: string
  picture: string
  pictureTypes: string
  pictureSize: string
  count: (used: number, limit: number) => string
  tooLong: (over: number) => string
  welcome: string
  suggestions: readonly string[]
  bot: string
  staff: (name: string | null) => string
  you: string
  states: {
    bot: string
    waiting: string
    staff: (name: string | null) => string
    closed: string
    back: string
    late: string
    down: string
  }
  typing: { bot: string; staff: (name: string | null) => string }
  signedIn: (name: string | null) => string
  signOut: string
  notices: Record<Notice, string>
  failures: Record<Failure, string>
  retrying: Record<Failure, string>
  sending: string
  sendAgain: string
  remove: string
  newMessages: string
  earlier: string
  choices: string
  products: string
  inStock: string
  soldOut: string
  coupon: string
  coupons: string
  copy: string
  copied: string
  copyFailed: string
  until: (date: string) => string
  sources: string
  helpful: string
  unhelpful: string
  rated: string
  ratingFailed: string
  comment: string
  commentSend: string
  sentPicture: string
}

const KO: ChatTexts = {
  title: '{shop} 상담',
  close: '채팅 닫기',
  log: '대화 내용',
  composer: '메시지',
  placeholder: '궁금한 점을 적어 주세요',
  send: '보내기',
  picture: '사진 보내기',
  pictureTypes: 'JPG, PNG, WebP, GIF 사진만 보낼 수 있어요.',
  pictureSize: '사진은 5MB까지 보낼 수 있어요.',
  count: (used, limit) => `${used.toLocaleString('ko')} / ${limit.toLocaleString('ko')}자`,
  tooLong: (over) => `${over.toLocaleString('ko')}자를 줄여 주세요.`,
  welcome: '안녕하세요, {shop}에 오신 걸 환영해요. 주문이나 배송, 상품, 쿠폰까지 편하게 물어보세요.',
  suggestions: ['배송비는 얼마예요?', '제 주문 어디쯤 왔나요?', '선물 추천해 주세요', '생일 쿠폰 받고 싶어요'],
  bot: '챗봇',
  staff: (name) => (name === null ? '상담원' : `상담원 ${name}`),
  you: '내 메시지',
  states: {
    bot: '챗봇이 바로 답해 드려요',
    waiting: '상담원을 기다리고 있어요. 그동안 챗봇에게 계속 물어보셔도 돼요.',
    staff: (name) => (name === null ? '상담원과 이야기하고 있어요' : `상담원 ${name}님과 이야기하고 있어요`),
    closed: '상담이 끝났어요. 메시지를 보내면 다시 시작돼요.',
    back: '상담이 끝나고, 다시 챗봇이 도와드려요',
    late: '답변이 조금 늦어지고 있어요. 메시지는 잘 받았으니 잠시만 기다려 주세요.',
    down: '연결이 끊겼어요. 다시 연결하고 있어요.',
  },
  typing: {
    bot: '챗봇이 답변을 쓰고 있어요',
    staff: (name) => (name === null ? '상담원이 쓰고 있어요' : `${name}님이 쓰고 있어요`),
  },
  signedIn: (name) => (name === null ? '로그인했어요' : `${name}님으로 로그인했어요`),
  signOut: '로그아웃',
  notices: {
    expired: '지난 대화의 이용 시간이 끝났어요. 지금부터는 새 대화예요.',
    signed_in: '로그인했어요. 이제 내 주문과 쿠폰도 물어볼 수 있어요.',
    sign_in_failed: '로그인 정보를 확인하지 못했어요. 쇼핑몰에서 다시 로그인해 주세요.',
    signed_out: '로그아웃했어요. 지난 대화는 이 화면에서 지웠어요.',
  },
  failures: {
    offline: '연결이 되지 않아 보내지 못했어요.',
    busy: '메시지가 너무 많이 몰렸어요. 잠시 뒤에 다시 보내 주세요.',
    unavailable: '지금은 메시지를 받지 못하고 있어요. 잠시 뒤에 다시 보내 주세요.',
    too_long: '메시지가 너무 길어서 보내지 못했어요.',
    rejected: '이 메시지는 보낼 수 없었어요.',
    attachment: '이 사진은 보낼 수 없었어요.',
  },
  retrying: {
    offline: '연결이 불안정해요. 다시 보내고 있어요.',
    busy: '잠시 뒤에 자동으로 다시 보낼게요.',
    unavailable: '서버가 잠시 쉬고 있어요. 다시 보내고 있어요.',
    too_long: '다시 보내고 있어요.',
    rejected: '다시 보내고 있어요.',
    attachment: '다시 보내고 있어요.',
  },
  sending: '보내는 중',
  sendAgain: '다시 보내기',
  remove: '지우기',
  newMessages: '새 메시지',
  earlier: '이전 대화 보기',
  choices: '선택지',
  products: '추천 상품',
  inStock: '구매 가능',
  soldOut: '품절',
  coupon: '쿠폰',
  coupons: '쿠폰 목록',
  copy: '코드 복사',
  copied: '복사했어요',
  copyFailed: '직접 복사해 주세요',
  until: (date) => `${date}까지`,
  sources: '근거',
  helpful: '도움이 됐어요',
  unhelpful: '도움이 안 됐어요',
  rated: '의견 고마워요.',
  ratingFailed: '의견을 전하지 못했어요. 다시 눌러 주세요.',
  comment: '어떤 점이 아쉬웠나요? (선택)',
  commentSend: '전하기',
  sentPicture: '보낸 사진',
}

const EN: ChatTexts = {
  title: '{shop} support',
  close: 'Close chat',
  log: 'Conversation',
  composer: 'Message',
  placeholder: 'Ask us a question',
  send: 'Send',
  picture: 'Send a picture',
  pictureTypes: 'Only JPG, PNG, WebP and GIF pictures can be sent.',
  pictureSize: 'Pictures can be up to 5 MB.',
  count: (used, limit) => `${used.toLocaleString('en')} / ${limit.toLocaleString('en')}`,
  tooLong: (over) => `Please shorten it by ${over.toLocaleString('en')} ${over === 1 ? 'character' : 'characters'}.`,
  welcome: 'Hello, welcome to {shop}. Ask us about orders, delivery, products or coupons.',
  suggestions: ['How much is shipping?', 'Where is my order?', 'Recommend me a gift', 'I’d like my birthday coupon'],
  bot: 'Assistant',
  staff: (name) => (name === null ? 'Staff' : `${name}, staff`),
  you: 'Your message',
  states: {
    bot: 'The assistant answers right away',
    waiting: 'Waiting for a member of staff. Meanwhile you can go on asking the assistant.',
    staff: (name) => (name === null ? 'You’re talking with our staff' : `You’re talking with ${name}`),
    closed: 'This chat has ended. Send a message to start again.',
    back: 'The assistant is back with you',
    late: 'We have your message; the answer is taking a little longer than usual.',
    down: 'Connection lost. Reconnecting…',
  },
  typing: {
    bot: 'The assistant is writing',
    staff: (name) => (name === null ? 'Our staff are writing' : `${name} is writing`),
  },
  signedIn: (name) => (name === null ? 'Signed in' : `Signed in as ${name}`),
  signOut: 'Sign out',
  notices: {
    expired: 'Your earlier conversation has timed out. This is a new one.',
    signed_in: 'You’re signed in and can now ask about your own orders and coupons.',
    sign_in_failed: 'We couldn’t confirm your sign-in. Please sign in to the shop again.',
    signed_out: 'You’re signed out. The conversation is gone from this screen.',
  },
  failures: {
    offline: 'Not sent: there is no connection.',
    busy: 'Too many messages at once. Please try again in a moment.',
    unavailable: 'We can’t take messages right now. Please try again in a moment.',
    too_long: 'Not sent: the message is too long.',
    rejected: 'This message couldn’t be sent.',
    attachment: 'This picture couldn’t be sent.',
  },
  retrying: {
    offline: 'The connection is unsteady. Sending again…',
    busy: 'We’ll send it again in a moment.',
    unavailable: 'The server is taking a break. Sending again…',
    too_long: 'Sending again…',
    rejected: 'Sending again…',
    attachment: 'Sending again…',
  },
  sending: 'Sending',
  sendAgain: 'Send again',
  remove: 'Remove',
  newMessages: 'New messages',
  earlier: 'Show earlier messages',
  choices: 'Choices',
  products: 'Products',
  inStock: 'In stock',
  soldOut: 'Sold out',
  coupon: 'Coupon',
  coupons: 'Your coupons',
  copy: 'Copy code',
  copied: 'Copied',
  copyFailed: 'Please copy it by hand',
  until: (date) => `Valid until ${date}`,
  sources: 'Source',
  helpful: 'This helped',
  unhelpful: 'This didn’t help',
  rated: 'Thanks for telling us.',
  ratingFailed: 'That didn’t reach us. Please try again.',
  comment: 'What was missing? (optional)',
  commentSend: 'Send',
  sentPicture: 'Picture sent',
}

const TEXTS: Record<Locale, ChatTexts> = { ko: KO, en: EN }

export function chatTexts(locale: Locale): ChatTexts {
  const texts = TEXTS[locale]
  return { ...texts, title: withShop(locale, texts.title), welcome: withShop(locale, texts.welcome) }
}
